// The JSON schema of a config, for editors of its JSON and YAML forms: made from the schema that checks it.

import { z } from 'zod';
import { configSchema } from './schema.ts';

/** What a config may say, by JSON Schema 2020-12. What depends on more than one place is checked only by Slipway. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const properties = { $schema: { type: 'string' }, ...(schema.properties as object | undefined) };
  return { ...schema, title: 'slipway.config', properties };
}
