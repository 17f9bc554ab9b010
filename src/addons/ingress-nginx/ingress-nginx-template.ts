// Pure: what fits the nginx.tmpl of ingress-nginx, written for its own build of NGINX 1.25, to Debian's NGINX 1.22.

import type { TextEdit } from '../../packages/text-edit.ts';

// Built into NGINX upstream, separate files in Debian. ndk comes first: lua and set_misc use it.
const modules = ['ndk_http', 'ngx_http_lua', 'ngx_http_headers_more_filter', 'ngx_http_set_misc'];

/** Edits to rootfs/etc/nginx/template/nginx.tmpl of the version that controller/go.mod pins. */
export const nginxTemplateEdits: readonly TextEdit[] = [
  {
    purpose: 'load the modules that are not built in',
    find: /^daemon off;$/gm,
    replace: [
      ...modules.map((name) => `load_module /etc/nginx/modules/${name}_module.so;`),
      '',
      'daemon off;',
    ].join('\n'),
    times: 1,
  },
  {
    // `http2 on;` came with 1.25.1; before, HTTP/2 is a word in `listen`.
    purpose: 'take out the directive http2',
    find: /^ +\{\{ if \$cfg\.UseHTTP2 \}\}\n +http2 on;\n +\{\{ end \}\}\n/gm,
    replace: '',
    times: 1,
  },
  {
    // The controller writes these lines itself ("listen 443 ssl;", one for each address): take them apart at
    // their ends and put them together again with the word.
    purpose: 'say http2 in the HTTPS listeners',
    find: /\{\{ (buildHTTPSListener +\$all \$\w+\.\w+) \}\}/g,
    replace:
      '{{ range $listen := split ($1) " ssl;" }}{{ if ne (trimSpace $listen) "" }}' +
      '{{ $listen }} ssl{{ if $all.Cfg.UseHTTP2 }} http2{{ end }};{{ end }}{{ end }}',
    times: 2,
  },
  {
    // Forwarding TCP and UDP ports needs Lua in `stream`, which Debian does not have. The controller sends its
    // (empty) list of such ports all the same and takes a refused connection for a failed update, so something
    // has to listen there.
    purpose: 'put a listener in place of the block stream',
    find: /^\}\n\nstream \{\n[\s\S]*?^\}\n/gm,
    replace: [
      '    # stands in for the block stream',
      '    server {',
      '        listen 127.0.0.1:{{ .StreamPort }};',
      '        set $proxy_upstream_name "internal";',
      '        access_log off;',
      '        error_log /dev/null crit;',
      '        return 204;',
      '    }',
      '}',
      '',
    ].join('\n'),
    times: 1,
  },
];
