// Pure: in what forms a secret travels, and how much of a secret a value is.

/** Where a value comes from. */
export interface SecretOrigin {
  /** Key of the Secret, or name of the variable. */
  readonly key: string;
  /** Made by us at random: never an ordinary word. */
  readonly isGenerated?: boolean | undefined;
}

/** Of what names these things nothing is secret by itself: a user, a host, a database. */
const PLAIN_LAST_WORDS = new Set([
  ...['user', 'username', 'login', 'account', 'owner', 'role', 'name', 'database', 'db', 'dbname', 'schema'],
  ...[
    'host',
    'hostname',
    'server',
    'address',
    'port',
    'endpoint',
    'region',
    'zone',
    'bucket',
    'email',
    'mail',
  ],
  ...[
    'driver',
    'scheme',
    'protocol',
    'namespace',
    'env',
    'environment',
    'mode',
    'path',
    'issuer',
    'audience',
  ],
  ...['realm', 'domain', 'tenant', 'project', 'topic', 'queue', 'locale', 'level', 'version', 'type', 'size'],
]);
/** People take these for passwords, and they are in every other line of a log. */
const ORDINARY_WORDS = new Set([
  ...[
    'postgres',
    'postgresql',
    'password',
    'changeme',
    'username',
    'rabbitmq',
    'mongodb',
    'localhost',
    'database',
  ],
  ...[
    'development',
    'production',
    'default',
    'example',
    'administrator',
    'minioadmin',
    'cassandra',
    'anonymous',
  ],
]);
/** Shorter words hide nothing, and would black out half of every text. */
const SHORTEST_WORD = 8;
const SHORTEST_MIXED = 8;
/** Nobody names a thing at such length by accident. */
const LONG = 16;

/**
 * Whether a value is one that stands for itself: wherever it appears, it is the secret. The others (a user name, a short
 * word, a number, what is the name of something in the config) are secret only where they are given as the value.
 */
export function standsForItself(
  value: string,
  origin: SecretOrigin | undefined,
  names: ReadonlySet<string>,
): boolean {
  if (origin === undefined || origin.isGenerated === true) return true;
  const text = value.trim().toLowerCase();
  if (names.has(text) || ORDINARY_WORDS.has(text)) return false;
  const hasUserInfo = /:\/\/[^\s/@]*:[^\s/@]+@/.test(value);
  if (hasUserInfo) return true;
  const words = wordsOf(origin.key);
  if (PLAIN_LAST_WORDS.has(words.at(-1) ?? '') && !isRandom(value)) return false;
  if (/^[\d.,:+-]*$/.test(text)) return text.length >= LONG;
  if (isWordLike(value.trim())) return text.length >= (isCredential(words) ? SHORTEST_WORD : LONG);
  return text.length >= SHORTEST_MIXED;
}

/** Words in a row, a number behind: 'todo-app', 'admin123', 'postgres.todo.svc'. */
function isWordLike(text: string): boolean {
  return /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[-_. /:@]+(?:[a-z]+|[A-Z]+|[A-Z][a-z]+))*\d{0,4}$/.test(text);
}

/** Of upper and lower case letters and digits, and long: nobody's name. */
function isRandom(value: string): boolean {
  return (
    value.length >= LONG &&
    /[A-Z]/.test(value) &&
    /[a-z]/.test(value) &&
    /\d/.test(value) &&
    !/[\s./@]/.test(value)
  );
}

const CREDENTIAL_WORDS = /^(password|passwd|pwd|pass|passphrase|secret|token|credentials?|apikey|pin|key)$/;

function isCredential(words: readonly string[]): boolean {
  return words.some((word) => CREDENTIAL_WORDS.test(word));
}

/** 'databasePassword', 'DB_PASSWORD' → ['database', 'password']. */
export function wordsOf(key: string): string[] {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

/** Every text under which the value may stand somewhere, itself first. */
export function formsOf(secret: string): string[] {
  const bytes = Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte)).join('');
  const base64 = btoa(bytes);
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  return [
    ...new Set([
      secret,
      base64,
      toUrlBase64(base64),
      encodeURIComponent(base64),
      ...insideBase64(bytes),
      url,
      url.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
      // What encodeURIComponent leaves and others do not, and a blank in a form.
      url.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
      url.replaceAll('%20', '+'),
      // As a form in a browser sends it.
      url
        .replaceAll(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%20', '+'),
      json,
      JSON.stringify(json).slice(1, -1),
      // Go's JSON, and that of many loggers.
      json.replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
      json.replaceAll('/', '\\/'),
      secret.replaceAll("'", `'\\''`),
      secret.replaceAll("'", "''"),
    ]),
  ];
}

/** What of the base64 of a longer text stays the same wherever in it the secret stands: 'user:password' of Basic. */
function insideBase64(bytes: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const packed = btoa('\0'.repeat(offset) + bytes);
    const first = offset === 0 ? 0 : offset + 1;
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const core = packed.slice(first, last);
    return core.length < LONG / 2 ? [] : [core, toUrlBase64(core)];
  });
}

function toUrlBase64(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Secrets inside the value: the lines of a PEM, the password of a URL, the fields of a JSON. */
export function partsOf(value: string, origin: SecretOrigin): { text: string; origin: SecretOrigin }[] {
  const [, user, password] = /:\/\/([^\s/@:]*):([^\s/@]+)@/.exec(value) ?? [];
  const inUrl =
    password === undefined
      ? []
      : [
          { text: decoded(user ?? ''), origin: { key: 'user' } },
          { text: decoded(password), origin: { key: 'password' } },
        ];
  return [...inUrl, ...jsonParts(value, origin)];
}

function jsonParts(value: string, origin: SecretOrigin): { text: string; origin: SecretOrigin }[] {
  if (!/^\s*[[{]/.test(value)) return [];
  const parts: { text: string; origin: SecretOrigin }[] = [];
  function walk(item: unknown, key: string): void {
    if (typeof item === 'string') parts.push({ text: item, origin: { key } });
    else if (typeof item === 'object' && item !== null)
      for (const [inner, below] of Object.entries(item)) walk(below, /^\d+$/.test(inner) ? key : inner);
  }
  try {
    walk(JSON.parse(value), origin.key);
  } catch {
    // It only looked like one.
  }
  return parts;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Lines that every file of the kind has. */
export function isArmour(line: string): boolean {
  return /^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line.trim());
}
