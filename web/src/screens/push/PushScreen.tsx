/** Deliveries of the public feed to other platforms: how far each is, and what was given up. */
import { useState } from 'react';
import { post } from '../../api/client';
import { type Decoder, flag, integer, list, object, optional, text, time } from '../../api/decode';
import { useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { Refusal, Sign } from '../../office/parts';
import { useOfficer } from '../../shell/officer';
import { DataTable } from '../../ui/DataTable';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { texts } from './texts';

interface Target {
  name: string;
  waiting: number;
  taken: number;
  failing: number;
  last_error: string | null;
  dead_letters: number;
}
const targets: Decoder<{ targets: Target[] }> = object<{ targets: Target[] }>({
  targets: list(object<Target>({ name: text, waiting: integer, taken: integer, failing: integer, last_error: optional(text), dead_letters: integer })),
});
interface Dead {
  id: number;
  target: string;
  seq: number;
  reason: string;
  dead_at: number;
  resent: boolean;
}
const dead: Decoder<{ dead_letters: Dead[] }> = object<{ dead_letters: Dead[] }>({
  dead_letters: list(object<Dead>({ id: integer, target: text, seq: integer, reason: text, dead_at: time, resent: flag })),
});
const anything: Decoder<unknown> = (value) => value;

export default function PushScreen() {
  const t = useTexts(texts);
  const { role } = useOfficer();
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched('/api/v1/feed/push', targets, version);
  const [letters, again] = useFetched('/api/v1/feed/push/dead', dead, version);
  const act = useAct(t('resent'));
  return (
    <div className="office">
      <Loaded data={data} retry={retry}>
        {({ targets: rows }) =>
          rows.length === 0 ? (
            <Empty says={t('none')} />
          ) : (
            <DataTable<Target>
              caption={t('targets')}
              rows={rows}
              rowKey={({ name }) => name}
              columns={[
                { id: 'name', head: t('name'), names_row: true, cell: ({ name }) => name },
                { id: 'waiting', head: t('waiting'), number: true, cell: ({ waiting }) => waiting },
                { id: 'taken', head: t('taken'), number: true, cell: ({ taken }) => taken },
                { id: 'failing', head: t('failing'), number: true, cell: ({ failing }) => (failing === 0 ? 0 : <Sign kind="bad">{failing}</Sign>) },
                { id: 'dead', head: t('dead'), number: true, cell: ({ dead_letters }) => dead_letters },
                { id: 'error', head: t('error'), cell: ({ last_error }) => last_error ?? '—' },
              ]}
            />
          )
        }
      </Loaded>
      <Refusal act={act} />
      <Loaded data={letters} retry={again}>
        {({ dead_letters: rows }) =>
          rows.length === 0 ? (
            <Empty says={t('dead_none')} />
          ) : (
            <DataTable<Dead>
              caption={t('dead')}
              rows={rows}
              rowKey={({ id }) => String(id)}
              columns={[
                { id: 'id', head: '#', names_row: true, cell: ({ id }) => id },
                { id: 'target', head: t('name'), cell: ({ target, seq }) => `${target} ${seq}` },
                { id: 'reason', head: t('reason'), cell: ({ reason }) => reason },
                { id: 'when', head: t('when'), cell: ({ dead_at }) => <When at={dead_at} /> },
                {
                  id: 'act',
                  head: t('resend'),
                  cell: ({ id, resent }) =>
                    resent ? (
                      <Sign kind="good">{t('resent')}</Sign>
                    ) : role === 'admin' ? (
                      <button type="button" disabled={act.busy} onClick={() => act.run(() => post(`/api/v1/feed/push/dead/${id}/resend`, {}, anything), () => setVersion((n) => n + 1))}>
                        {t('resend')}
                      </button>
                    ) : (
                      '—'
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </div>
  );
}
