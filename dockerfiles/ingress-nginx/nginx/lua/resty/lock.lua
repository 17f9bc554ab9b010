-- Stand-in for lua-resty-lock, which Debian does not package. ingress-nginx (balancer/ewma.lua) only tries a
-- lock and never waits for it, in phases where nginx does not allow waiting: so waiting is refused here.

local _M = {}
local mt = { __index = _M }

function _M.new(_, dictionary_name, options)
  local dictionary = ngx.shared[dictionary_name]
  if not dictionary then return nil, "dictionary not found" end
  options = options or {}
  if options.timeout ~= 0 then return nil, "this lock does not wait: only timeout = 0 works" end
  -- The expiry frees a lock whose worker died.
  return setmetatable({ dictionary = dictionary, expiry_seconds = options.exptime or 30 }, mt)
end

function _M.lock(self, key)
  if self.key then return nil, "locked" end
  local added, err = self.dictionary:add(key, true, self.expiry_seconds)
  if not added then return nil, err == "exists" and "timeout" or err end
  self.key = key
  return 0
end

function _M.unlock(self)
  if not self.key then return nil, "unlocked" end
  local key = self.key
  self.key = nil
  self.dictionary:delete(key)
  return 1
end

return _M
