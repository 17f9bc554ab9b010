// Pure: commands in texts, as whoever reads them types them. Texts say `slipway down --now`; where a command was started
// by an npm script of Slipway's own repository, that is `slipway down --now`.

/** What the person typed to get here. */
export type Caller = 'slipway' | 'npm';

const NAME = String.raw`slipway (up|watch|down|plan|status|logs|doctor|check|trust|trace|prune|materials)\b`;
const WITH_OPTIONS = new RegExp(String.raw`\b${NAME}( [\w<>,./:]+)?(?= (?:--?[a-z]|\[options\]))`, 'g');
const ALONE = new RegExp(String.raw`\b${NAME}`, 'g');

/** Text for people, with its commands as they are typed. npm takes options for its own without `--` before them. */
export function asTyped(text: string, caller: Caller): string {
  if (caller === 'slipway' || !text.includes('slipway ')) return text;
  return (
    text
      .replace(WITH_OPTIONS, 'npm run $1 --$2')
      .replace(ALONE, 'npm run $1')
      // Else npm's own first lines come before the JSON.
      .replace(/\bnpm run (\w+ -- --json)\b/g, 'npm run --silent $1')
  );
}
