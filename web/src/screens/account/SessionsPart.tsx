import { useState } from 'react';
import { get, remove } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { type Column, DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import { Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { type SessionLine, sessions } from './api';
import { texts } from './texts';
import { useActing } from './useActing';

/** Browsers that are signed in; each can be signed out. */
export function SessionsPart({ path, version }: { path: string; version: number }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [own, setOwn] = useState(0);
  const [data, retry] = useFetched(path, sessions, `${version}/${own}`);
  const { busy, problem, run } = useActing();
  const [ended, setEnded] = useState<number | null>(null);
  const again = () => setOwn((n) => n + 1);
  const end = (id: number) => run(async () => {
    await remove(`${path}/${id}`);
    again();
  });
  const endOthers = (others: number) => run(async () => {
    await remove(path);
    await get(path, sessions);
    setEnded(others);
    again();
  });
  const columns: Column<SessionLine>[] = [
    { id: 'from', head: t('session_from'), names_row: true, cell: ({ address }) => address },
    { id: 'how', head: t('session_how'), cell: ({ how }) => t.word('how', how) },
    { id: 'since', head: t('session_since'), cell: ({ since }) => <When at={since} /> },
    { id: 'seen', head: t('session_seen'), cell: ({ seen_at }) => <When at={seen_at} /> },
    { id: 'agent', head: t('session_agent'), cell: ({ agent }) => <span className="agent">{agent}</span> },
    {
      id: 'act',
      head: t('session_act'),
      cell: ({ id, address, is_this }) =>
        is_this ? (
          <strong>{t('session_this')}</strong>
        ) : (
          <button type="button" disabled={busy} aria-label={t('session_end_of', { address })} onClick={() => void end(id)}>
            {t('session_end')}
          </button>
        ),
    },
  ];
  return (
    <section className="panel" aria-labelledby="account-sessions">
      <h2 id="account-sessions">{t('sessions')}</h2>
      <Loaded data={data} retry={retry}>
        {({ sessions: rows }) => (
          <>
            <DataTable caption={t('sessions')} hide_caption columns={columns} rows={rows} rowKey={({ id }) => String(id)} />
            {rows.length > 1 && (
              <p>
                <button type="button" disabled={busy} onClick={() => void endOthers(rows.length - 1)} data-act="end-others">
                  {t('sessions_end')}
                </button>
              </p>
            )}
          </>
        )}
      </Loaded>
      {ended !== null && <Notice kind="good">{t('sessions_ended', { n: ended })}</Notice>}
      {problem !== null && (
        <Notice kind="bad" alert>
          {problem[language]}
        </Notice>
      )}
    </section>
  );
}
