import type { ReactNode } from 'react';
import { type Decoder, flag, list, object, optional, text } from '../../api/decode';
import { useTexts } from '../../i18n/define';
import { overview, type Overview } from '../../registry/api';
import '../../registry/registry.css';
import type { To } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Notice } from '../../ui/Notice';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { texts } from './texts';

interface Fitted {
  plate: string | null;
  online: boolean;
}
const terminals: Decoder<{ terminals: Fitted[] }> = object<{ terminals: Fitted[] }>({
  terminals: list(object<Fitted>({ plate: optional(text), online: flag })),
});

export interface Step {
  key: 'carriers' | 'sites' | 'trucks' | 'permits' | 'terminals' | 'online';
  is_done: boolean;
  have: Record<string, number>;
}

/** What is done, by what the registers hold. */
export function stepsOf({ registers, sources, sinks }: Overview, fitted: readonly Fitted[]): Step[] {
  const count = (name: string) => registers.find(({ register }) => register === name)?.records ?? 0;
  const counted = (key: 'carriers' | 'trucks' | 'permits'): Step => ({ key, is_done: count(key) > 0, have: { n: count(key) } });
  const named = fitted.filter(({ plate }) => plate !== null);
  const online = named.filter((terminal) => terminal.online);
  return [
    counted('carriers'),
    { key: 'sites', is_done: sources > 0 && sinks > 0, have: { sources, sinks } },
    counted('trucks'),
    counted('permits'),
    { key: 'terminals', is_done: named.length > 0, have: { n: named.length } },
    { key: 'online', is_done: online.length > 0, have: { n: online.length } },
  ];
}

/** The registrar's first day: what is still to be done, and where. */
export default function StartScreen() {
  const [registers, again] = useFetched('/api/v1/registers', overview);
  const [devices, retry] = useFetched('/api/v1/terminals', terminals);
  return (
    <section className="panel">
      <Loaded data={registers} retry={again}>
        {(held) => (
          <Loaded data={devices} retry={retry}>
            {({ terminals: fitted }) => <Checklist steps={stepsOf(held, fitted)} />}
          </Loaded>
        )}
      </Loaded>
    </section>
  );
}

function Checklist({ steps }: { steps: readonly Step[] }) {
  const t = useTexts(texts);
  const done = steps.filter(({ is_done }) => is_done).length;
  const next = steps.find(({ is_done }) => !is_done);
  return (
    <>
      <p>{t('intro')}</p>
      <Notice kind={next === undefined ? 'good' : 'info'}>
        <p>{next === undefined ? t('all_done') : t('progress', { done, total: steps.length })}</p>
      </Notice>
      <ol className="steps">
        {steps.map((step, i) => (
          <li key={step.key} className={step.is_done ? 'done' : undefined} data-step={step.key} aria-current={step === next ? 'step' : undefined}>
            <h2>
              {i + 1}. {t(step.key)}
            </h2>
            <p>
              <span className="sign">{step.is_done ? `✓ ${t('done')}` : step === next ? `▶ ${t('next')}` : `○ ${t('todo')}`}</span>{' '}
              <span className="quiet">{step.key === 'sites' ? t('have_sites', step.have) : t('have', step.have)}</span>
            </p>
            <p className="quiet">{t(`${step.key}_why`)}</p>
            <p className="acts">{waysOf(step.key, t)}</p>
          </li>
        ))}
      </ol>
    </>
  );
}

function waysOf(key: Step['key'], t: ReturnType<typeof useTexts<keyof (typeof texts)['zh'] & string>>): ReactNode {
  const way = (to: To, says: string) => (
    <Goto key={says} className="button" to={to}>
      {says}
    </Goto>
  );
  const load = (register: string) => way({ screen: 'import', state: { register } }, t('import'));
  switch (key) {
    case 'carriers':
    case 'trucks':
      return [load(key), way({ screen: 'registers', state: { register: key, new: '1' } }, t('create'))];
    case 'sites':
      return [load(key), way({ screen: 'editor', state: { register: 'sites', new: '1' } }, t('draw'))];
    case 'permits':
      return [load(key), way({ screen: 'permits', state: { new: '1' } }, t('go_permits'))];
    case 'terminals':
      return way({ screen: 'terminals' }, t('go_terminals'));
    case 'online':
      return way({ screen: 'map' }, t('go_map'));
  }
}
