// Pure: whether a setting is a credential in plain text, told by its name and by its value.

/** Words that name a credential by themselves. */
const WORDS = new Set([
  ...['password', 'passwd', 'passphrase', 'pwd', 'pass', 'secret', 'token', 'credential', 'credentials'],
  ...['apikey', 'accesskey', 'secretkey', 'privatekey', 'authkey'],
]);
/** Before 'key' these make one: API_KEY, signingKey. */
const KEY_WORDS = new Set([
  ...['api', 'access', 'secret', 'private', 'auth', 'encryption', 'signing', 'master', 'account'],
]);
/** At the end these say that the value is something about the credential: its file, its lifetime, its name. */
const ABOUT = new Set([
  ...['name', 'ref', 'file', 'files', 'path', 'dir', 'folder', 'mount', 'store', 'key', 'keys', 'namespace'],
  ...[
    'ttl',
    'seconds',
    'minutes',
    'hours',
    'days',
    'timeout',
    'expiry',
    'expiration',
    'duration',
    'interval',
  ],
  ...['enabled', 'required', 'policy', 'type', 'kind', 'length', 'bytes', 'bits', 'algorithm', 'version'],
  ...[
    'url',
    'uri',
    'endpoint',
    'host',
    'port',
    'issuer',
    'audience',
    'component',
    'count',
    'limit',
    'header',
  ],
]);
const SHAPES: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:(?!\$[({])[^\s/@]+@/i, 'a URL with a password'],
  [
    /\b(sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16})\b/,
    'an access key',
  ],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\./, 'a signed token'],
];

/**
 * Why a setting looks like a credential in plain text ('a URL with a password'), or undefined.
 * References (`$(NAME)`, names of Secrets given in `known`), paths of files and what is empty are none.
 */
export function credentialIn(name: string, value: unknown, known: ReadonlySet<string>): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  if (text === '' || known.has(text)) return undefined;
  const shape = SHAPES.find(([pattern]) => pattern.test(text))?.[1];
  if (shape !== undefined) return shape;
  const isReference = /^\$[({][^)}]*[)}]$/.test(text) || /^(\/|\.\/|[a-z]+:\/\/)/.test(text);
  const isSwitch = /^(true|false|yes|no|on|off|none|disabled|enabled)$/i.test(text);
  return namesCredential(name) && !isReference && !isSwitch
    ? 'a value for what its name calls a credential'
    : undefined;
}

/** 'REDIS_PASSWORD', 'apiKey' and 'database-password' do; 'PASSWORD_FILE', 'secretName' and 'tokenTTL' do not. */
export function namesCredential(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined) return false;
  if (last === 'key' && KEY_WORDS.has(words.at(-2) ?? '')) return true;
  return !ABOUT.has(last) && words.some((word) => WORDS.has(word));
}
