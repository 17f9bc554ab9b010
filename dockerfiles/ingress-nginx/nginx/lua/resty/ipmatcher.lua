-- Stand-in for lua-resty-ipmatcher, which Debian does not package: global_throttle.lua logs this error and goes on.

local _M = {}

function _M.new()
  return nil, "lists of addresses to leave out are not available: this image has no lua-resty-ipmatcher"
end

return _M
