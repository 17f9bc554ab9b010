-- Stand-in for lua-resty-http, which Debian does not package. certificate.lua fetches OCSP answers with it, when
-- the setting enable-ocsp is on: then each fetch ends with this error in the log and traffic goes on without.

local _M = {}

function _M.new()
  return _M
end

function _M.set_timeout() end

function _M.parse_uri()
  return nil, "OCSP is not available: this image has no lua-resty-http"
end

return _M
