// Pure: package URLs (purl), the names by which other tools look packages up.

/** 'pkg:golang/github.com/burntsushi/toml@v1.4.0': the specification wants small letters. */
export function goUrl(module: string, version: string): string {
  return `pkg:golang/${encodePath(module.toLowerCase())}@${encode(version)}`;
}

/** 'pkg:npm/%40scope/name@1.0.0' */
export function npmUrl(name: string, version: string): string {
  return `pkg:npm/${encodePath(name)}@${encode(version)}`;
}

/** 'pkg:deb/debian/libc6@2.36-9?arch=amd64'; what is '' is left out. */
export function debianUrl(name: string, version: string, architecture: string): string {
  const versioned = version === '' ? '' : `@${encode(version)}`;
  const qualified = architecture === '' ? '' : `?arch=${encode(architecture)}`;
  return `pkg:deb/debian/${encode(name)}${versioned}${qualified}`;
}

function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}

/** All but letters, digits and '.-_~:'; a colon must stay as it is. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
