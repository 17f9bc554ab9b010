// Pure: the packages of a Debian tree, by the list that dpkg keeps of them.

import type { Component } from './material.ts';
import { debianUrl } from './package-url.ts';

/**
 * Packages whose files are there. Lists of trees without dpkg (status.d) say nothing of a status and count.
 * Paragraphs that name no package or no version are passed over.
 */
export function parseDpkgStatus(text: string): Component[] {
  return text.split(/\n[ \t]*\n/).flatMap((paragraph) => {
    const field = (name: string): string =>
      new RegExp(`^${name}:[ \\t]*(.*?)[ \\t\\r]*$`, 'm').exec(paragraph)?.[1] ?? '';
    const [name, version, status] = [field('Package'), field('Version'), field('Status')];
    if (name === '' || version === '') return [];
    if (/ (config-files|not-installed)$/.test(status)) return [];
    const purl = debianUrl(name, version, field('Architecture'));
    return [{ kind: 'Debian package', name, version, purl }];
  });
}
