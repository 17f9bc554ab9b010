-- Stand-in for lua-resty-global-throttle, which Debian does not package: global_throttle.lua logs this error and
-- lets the request pass, as it does when its memcached cannot be reached.

local _M = {}

function _M.new()
  return nil, "global rate limits are not available: this image has no lua-resty-global-throttle"
end

return _M
