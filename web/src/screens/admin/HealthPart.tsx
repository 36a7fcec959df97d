import { useEffect, useState } from 'react';
import { asProblem, Problem } from '../../api/client';
import { useTexts } from '../../i18n/define';
import { type Column, DataTable } from '../../ui/DataTable';
import { Failure, Loading } from '../../ui/states';
import { metricsOf } from './api';
import { texts } from './texts';

/** What is worth a look, and the counter of the service that tells it. */
const MEASURES = [
  ['m.sessions', 'gateway_sessions'],
  ['m.terminals', 'gateway_terminals'],
  ['m.log', 'log_reports'],
  ['m.failures', 'log_commit_failures_total'],
  ['m.pending', 'clues{state="pending"}'],
  ['m.listed', 'listed'],
  ['m.streams', 'event_streams'],
  ['m.passed', 'sign_ins_total{what="passed"}'],
  ['m.refused', 'sign_ins_total{what="refused"}'],
  ['m.locked', 'sign_in_names_locked'],
] as const;

interface Row {
  id: string;
  name: string;
  value: number;
}

async function read(signal: AbortSignal): Promise<Map<string, number>> {
  const response = await fetch('/metrics', { credentials: 'same-origin', signal });
  if (!response.ok) throw new Problem(response.status, `服务出错（HTTP ${response.status}）`, `The service failed (HTTP ${response.status}).`);
  return metricsOf(await response.text());
}

/** The service's own counts, the ones an administrator asks for first. */
export function HealthPart() {
  const t = useTexts(texts);
  const [counts, setCounts] = useState<Map<string, number> | Problem | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    read(abort.signal).then(setCounts, (thrown: unknown) => {
      if (!abort.signal.aborted) setCounts(asProblem(thrown));
    });
    return () => abort.abort();
  }, [tries]);
  const again = () => setTries((n) => n + 1);
  const columns: Column<Row>[] = [
    { id: 'name', head: t('measure'), names_row: true, cell: ({ name }) => name },
    { id: 'value', head: t('value'), number: true, cell: ({ value }) => value.toLocaleString('en-US') },
  ];
  return (
    <section className="panel" aria-labelledby="admin-health">
      <h2 id="admin-health">{t('health')}</h2>
      <p className="quiet">{t('health_help')}</p>
      {counts === null && <Loading />}
      {counts instanceof Problem && <Failure problem={counts} retry={again} />}
      {counts instanceof Map && <DataTable caption={t('health')} hide_caption columns={columns} rows={rowsOf(counts)} rowKey={({ id }) => id} />}
      <p className="buttons">
        <button type="button" onClick={again}>
          {t('refresh')}
        </button>
      </p>
    </section>
  );

  function rowsOf(found: Map<string, number>): Row[] {
    const value = (name: string) => found.get(`mucktrail_${name}`) ?? 0;
    const named = MEASURES.map(([text, name]) => ({ id: name, name: t(text), value: value(name) }));
    const lag = value('log_position') - value('judged_position');
    return [...named, { id: 'lag', name: t('m.lag'), value: Math.max(0, lag) }];
  }
}
