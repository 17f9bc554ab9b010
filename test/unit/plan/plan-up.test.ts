import { describe, expect, test } from 'vitest';
import { planUp } from '../../../src/plan/plan-up.ts';
import type { DesiredState, ObservedState } from '../../../src/plan/state.ts';

const artifact = (id: string, form: 'file' | 'image', ...needs: string[]) => ({
  id,
  title: id,
  form,
  needs,
  location: `slipway.local/${id}:sha-0`,
});
const release = (name: string, needs: string[] = [], images: string[] = []) => ({
  group: 'release' as const,
  name,
  namespace: 'todo',
  fingerprint: `f-${name}`,
  images,
  needs,
  secrets: [],
});

const desired: DesiredState = {
  cluster: { name: 'c', driver: 'kind' },
  artifacts: [
    artifact('compiler-output', 'file'),
    artifact('node-image', 'image', 'compiler-output'),
    artifact('kind', 'file'),
    artifact('base-node', 'image'),
  ],
  tools: { cluster: ['node-image', 'kind'], release: [] },
  policy: 'off',
  images: [
    { name: 'backend', reference: 'backend:sha-1', bases: ['base-node'] },
    { name: 'frontend', reference: 'frontend:sha-1', bases: ['base-node'] },
  ],
  secrets: [{ name: 'todo-secrets', namespace: 'todo' }],
  releases: [release('backend', [], ['backend:sha-1']), release('frontend', ['backend'], ['frontend:sha-1'])],
};

const ready = { state: 'ready' as const, waitingFor: [] };
const observedRelease = (name: string) => ({
  name,
  namespace: 'todo',
  status: 'deployed',
  fingerprint: `f-${name}`,
  verdict: ready,
  withoutSidecar: [],
});
const everythingThere: ObservedState = {
  artifacts: new Set(['compiler-output', 'node-image', 'kind', 'base-node']),
  images: new Set(['backend:sha-1', 'frontend:sha-1']),
  cluster: 'running',
  loaded: new Set(['backend:sha-1', 'frontend:sha-1']),
  namespaces: new Set(['todo']),
  secrets: new Set(['todo/todo-secrets']),
  releases: [observedRelease('backend'), observedRelease('frontend')],
  budget: { withinBudget: true, text: '300 of 500 MB' },
};
const nothingThere: ObservedState = {
  artifacts: new Set(),
  images: new Set(),
  cluster: 'absent',
  loaded: new Set(),
  namespaces: new Set(),
  secrets: new Set(),
  releases: [],
  budget: undefined,
};

const toDo = (observed: ObservedState, wanted: DesiredState = desired) =>
  planUp(wanted, observed)
    .filter((step) => step.action === 'do')
    .map((step) => step.id);

describe('planUp', () => {
  test('does everything where nothing is there, and every need names a step', () => {
    const steps = planUp(desired, nothingThere);
    const ids = new Set(steps.map((step) => step.id));
    expect(steps.every((step) => step.action === 'do')).toBe(true);
    expect(steps.flatMap((step) => step.needs).filter((need) => !ids.has(need))).toEqual([]);
  });

  test('does nothing where all is there', () => {
    expect(toDo(everythingThere)).toEqual([]);
  });

  test('an image whose sources were seen to build what is there is skipped, and why is said', () => {
    const [first, ...others] = desired.images;
    const wanted = { ...desired, images: [{ ...first!, isAsBefore: true }, ...others] };
    expect(planUp(wanted, everythingThere).find(({ group }) => group === 'image')).toMatchObject({
      ...{ action: 'skip', reason: 'other sources, the same content as before' },
    });
  });

  test('an image that no release uses is built, and loaded nowhere', () => {
    const wanted = {
      ...desired,
      images: [...desired.images, { name: 'spare', reference: 'spare:sha-1', bases: [] }],
    };
    const spare = planUp(wanted, everythingThere).find(({ id }) => id === 'image:spare');
    expect(spare).toMatchObject({ action: 'do', reason: 'no image of this content yet; no release uses it' });
    expect(toDo(everythingThere, wanted)).toEqual(['image:spare', 'budget:images']);
    const built = { ...everythingThere, images: new Set([...everythingThere.images, 'spare:sha-1']) };
    expect(toDo(built, wanted)).toEqual([]);
  });

  test('an edit of backend reaches its image, its load and its release only', () => {
    const edited: DesiredState = {
      ...desired,
      images: [{ ...desired.images[0]!, reference: 'backend:sha-2' }, desired.images[1]!],
      releases: [
        { ...desired.releases[0]!, fingerprint: 'new', images: ['backend:sha-2'] },
        desired.releases[1]!,
      ],
    };
    expect(toDo(everythingThere, edited)).toEqual([
      'image:backend',
      'budget:images',
      'load:backend',
      'release:backend',
    ]);
  });

  test('makes only the artifacts that something to do needs: a finished node image needs no compiler', () => {
    const observed = { ...everythingThere, cluster: 'absent' as const, artifacts: new Set(['node-image']) };
    const steps = planUp(desired, observed).filter((step) => step.group === 'artifact');
    expect(steps.map((step) => [step.subject, step.action])).toEqual([
      ['compiler-output', 'skip'],
      ['node-image', 'skip'],
      ['kind', 'do'],
      ['base-node', 'skip'],
    ]);
  });

  describe('a secret that differs from what is declared', () => {
    const differs = {
      ...everythingThere,
      secrets: new Set<string>(),
      secretChanges: new Map([
        ['todo/todo-secrets', ['key api-key has another value', 'key old is not declared']],
      ]),
    };

    test('is written, with the names of its keys as the reason', () => {
      const step = planUp(desired, differs).find(({ group }) => group === 'secret');
      expect(step).toMatchObject({
        action: 'do',
        reason: 'key api-key has another value; key old is not declared',
      });
      expect(toDo(differs)).toEqual(['secret:todo-secrets']);
    });

    test('has the pods restarted that read it, listed or not, after it is written', () => {
      const [backend, frontend] = everythingThere.releases;
      const releases = [
        { ...backend!, usedSecrets: ['todo/todo-secrets'] },
        { ...frontend!, usedSecrets: ['todo/other'] },
      ];
      const steps = planUp(desired, { ...differs, releases }).filter(({ action }) => action === 'do');
      expect(steps.map(({ id, reason }) => [id, reason])).toEqual([
        ['secret:todo-secrets', 'key api-key has another value; key old is not declared'],
        ['release:backend', 'its secret todo-secrets changes'],
      ]);
      expect(steps[1]?.needs).toContain('secret:todo-secrets');
    });

    test('of another namespace comes first only where the release lists it', () => {
      const elsewhere = { ...desired, secrets: [{ name: 's', namespace: 'elsewhere' }] };
      const needsOf = (wanted: DesiredState): boolean[] =>
        planUp(wanted, everythingThere)
          .filter(({ group }) => group === 'release')
          .map(({ needs }) => needs.includes('secret:s'));
      expect(needsOf(elsewhere)).toEqual([false, false]);
      const listing = {
        ...elsewhere,
        releases: [{ ...desired.releases[0]!, secrets: ['s'] }, desired.releases[1]!],
      };
      expect(needsOf(listing)).toEqual([true, false]);
      const backend = planUp(listing, everythingThere).find(({ id }) => id === 'release:backend');
      expect(backend?.resource?.after).toContain('secret:elsewhere/s');
    });
  });

  test('pods that run with an earlier secret are a reason, also where the secret is right by now', () => {
    const [backend, frontend] = everythingThere.releases;
    const staleSecrets = ['Deployment backend runs with an earlier secret todo-secrets'];
    const observed = { ...everythingThere, releases: [{ ...backend!, staleSecrets }, frontend!] };
    expect(planUp(desired, observed).filter(({ action }) => action === 'do')).toMatchObject([
      { id: 'release:backend', reason: staleSecrets[0] },
    ]);
  });

  test('loads again into a cluster that is made anew', () => {
    expect(toDo({ ...everythingThere, cluster: 'half-made' })).toContain('load:backend');
  });

  test('does not rebuild an image that only the engine has lost', () => {
    const observed = { ...everythingThere, images: new Set(['frontend:sha-1']) };
    expect(toDo(observed)).toEqual([]);
  });

  test('checks sizes again when they are not known or over the budget, and no release starts before that', () => {
    const observed = {
      ...everythingThere,
      budget: { withinBudget: false, text: 'over' },
      releases: [observedRelease('backend')],
    };
    const steps = planUp(desired, observed);
    expect(steps.filter((step) => step.action === 'do').map((step) => step.id)).toEqual([
      'budget:images',
      'release:frontend',
    ]);
    expect(steps.find((step) => step.id === 'release:frontend')?.needs).toContain('budget:images');
  });

  test('charts are held to the rules before anything is installed, and only then', () => {
    const strict: DesiredState = { ...desired, policy: 'fail' };
    expect(planUp(strict, everythingThere).find((step) => step.id === 'policy:charts')?.action).toBe('skip');
    const steps = planUp(strict, { ...everythingThere, releases: [observedRelease('backend')] });
    expect(steps.find((step) => step.id === 'policy:charts')?.action).toBe('do');
    for (const step of steps.filter(({ group }) => group === 'release' || group === 'addon'))
      expect(step.needs).toContain('policy:charts');
    expect(planUp(desired, everythingThere).map(({ group }) => group)).not.toContain('policy');
  });

  test.each([
    ['not installed', []],
    ['helm says pending-upgrade', [{ ...observedRelease('backend'), status: 'pending-upgrade' }]],
    ['its chart, values or image changed', [{ ...observedRelease('backend'), fingerprint: 'old' }]],
    [
      'pod todo/backend-1 has none',
      [{ ...observedRelease('backend'), withoutSidecar: ['pod todo/backend-1 has none'] }],
    ],
    [
      'not ready: 0 of 1 pods',
      [
        {
          ...observedRelease('backend'),
          verdict: { state: 'waiting' as const, waitingFor: ['0 of 1 pods'] },
        },
      ],
    ],
  ])('says why a release is to do: %s', (reason, releases) => {
    const step = planUp(desired, { ...everythingThere, releases }).find(({ id }) => id === 'release:backend');
    expect(step).toMatchObject({ action: 'do', reason });
  });
});

describe('releases that the config no longer names', () => {
  const wanted: DesiredState = { ...desired, environment: 'todo' };
  const left = (changes: object = {}) => ({ ...observedRelease('old'), environment: 'todo', ...changes });
  const planned = (release: ReturnType<typeof left>, rule?: Parameters<typeof planUp>[2]) =>
    planUp(wanted, { ...everythingThere, releases: [...everythingThere.releases, release] }, rule).filter(
      ({ group }) => group === 'orphan',
    );

  test('are removed, before anything is installed that may have their hosts and objects', () => {
    expect(planned(left())).toMatchObject([
      {
        ...{ id: 'orphan:todo/old', action: 'do', reason: 'the config no longer names it' },
        resource: { kind: 'release', name: 'old', namespace: 'todo' },
      },
    ]);
    const renamed = planUp(wanted, { ...everythingThere, releases: [left()] });
    for (const step of renamed.filter(({ group }) => group === 'release'))
      expect(step.needs).toContain('orphan:todo/old');
  });

  test('stay where data would go with them, until somebody says so', () => {
    const holding = left({ data: ['persistentvolumeclaim data'] });
    expect(planned(holding)).toMatchObject([
      {
        action: 'skip',
        reason: 'the config no longer names it; kept, because persistentvolumeclaim data would go with it',
      },
    ]);
    expect(planned(holding, 'remove')).toMatchObject([{ action: 'do' }]);
    expect(planned(holding, 'keep')).toMatchObject([{ action: 'skip' }]);
  });

  test('stay where all are to be kept, and hold nothing up', () => {
    expect(planned(left(), 'keep')).toMatchObject([{ action: 'skip' }]);
    const steps = planUp(wanted, { ...everythingThere, releases: [left()] }, 'keep');
    expect(steps.flatMap(({ needs }) => needs)).not.toContain('orphan:todo/old');
  });

  test('of another environment, or of none, are none of them', () => {
    expect(planned(left({ environment: 'other' }))).toEqual([]);
    expect(planned(left({ environment: undefined }))).toEqual([]);
  });

  test('the same name in another namespace is another release', () => {
    expect(planned({ ...left(), name: 'backend', namespace: 'elsewhere' })).toMatchObject([
      { id: 'orphan:elsewhere/backend', action: 'do' },
    ]);
  });
});
