import { describe, expect, test } from 'vitest';
import { nginxTemplateEdits } from '../../../../src/addons/ingress-nginx/ingress-nginx-template.ts';
import { applyTextEdits } from '../../../../src/packages/text-edit.ts';

// The places of the real file that the edits look for, in its indentation.
const template = `pid {{ .PID }};

daemon off;

http {
    server {
        {{ buildHTTPListener  $all $redirect.From }}
        {{ buildHTTPSListener $all $redirect.From }}
    }
    server {
        server_name x;

        {{ if $cfg.UseHTTP2 }}
            http2 on;
        {{ end }}

        {{ template "SERVER" serverConfig $all $server }}
    }
}

stream {
    server {
        listen 127.0.0.1:{{ .StreamPort }};
    }
}

{{ define "SERVER" }}
        {{ buildHTTPSListener $all $server.Hostname }}
{{ end }}
`;

const edited = (text: string): string => applyTextEdits('nginx.tmpl', text, nginxTemplateEdits);

describe('nginxTemplateEdits', () => {
  test('loads ndk before the modules that need it, and all before anything else', () => {
    const modules = [...edited(template).matchAll(/^load_module .*\/(\w+)_module\.so;$/gm)].map(
      (line) => line[1],
    );
    expect(modules).toEqual([
      'ndk_http',
      'ngx_http_lua',
      'ngx_http_headers_more_filter',
      'ngx_http_set_misc',
    ]);
    expect(edited(template).indexOf('load_module')).toBeLessThan(edited(template).indexOf('daemon off;'));
  });

  test('says http2 in each HTTPS listener and nowhere as a directive', () => {
    const text = edited(template);
    expect(text).not.toContain('http2 on;');
    expect(
      text.match(/range \$listen := split \(buildHTTPSListener \$all \$\w+\.\w+\) " ssl;"/g),
    ).toHaveLength(2);
    expect(text).toContain('{{ buildHTTPListener  $all $redirect.From }}');
  });

  test('puts a listener for the port of streams into http and leaves what follows', () => {
    const text = edited(template);
    expect(text).not.toMatch(/^stream \{/m);
    expect(text.match(/\{\{ \.StreamPort \}\}/g)).toHaveLength(1);
    expect(text).toMatch(/return 204;\n {4}\}\n\}\n\n\{\{ define "SERVER" \}\}/);
  });

  test('refuses a template that is fitted already', () => {
    expect(() => edited(edited(template))).toThrow(/nginx\.tmpl/);
  });

  test.each(nginxTemplateEdits)(
    'refuses a template where this does not fit: $purpose',
    ({ find, purpose }) => {
      expect(() => edited(template.replaceAll(find, ''))).toThrow(
        expect.objectContaining({ details: expect.arrayContaining([expect.stringContaining(purpose)]) }),
      );
    },
  );
});
