-- Debian ships lua-resty-cookie under another name, in a version that does not know SameSite
-- but appends any "extension" as it is.

local cookie = require("nginx.cookie")

local set = cookie.set

function cookie.set(self, attributes)
  if attributes.samesite then
    attributes.extension = "SameSite=" .. attributes.samesite
  end
  return set(self, attributes)
end

return cookie
