import { type FormEvent, useState } from 'react';
import type { Clue } from '../api/types';
import { useTexts } from '../i18n/define';
import { colleagues } from '../screens/review/api';
import { texts } from '../screens/review/texts';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { Notice } from '../ui/Notice';
import { Loaded } from '../ui/states';
import { useFetched } from '../ui/useFetched';
import { useClaimActs } from './claims';

/** Hands a clue to a colleague of the same authority. */
export function HandOver({ clue, onClose }: { clue: Clue; onClose: () => void }) {
  const t = useTexts(texts);
  const [data, retry] = useFetched('/api/v1/colleagues', colleagues);
  const [to, setTo] = useState('');
  const acts = useClaimActs(clue.id);
  const send = async (event: FormEvent, first: string) => {
    event.preventDefault();
    if (await acts.handOver(to === '' ? first : to)) onClose();
  };
  return (
    <Dialog title={t('hand_over')} onClose={onClose}>
      <Loaded data={data} retry={retry}>
        {({ names }) =>
          names.length === 0 ? (
            <p>{t('nobody')}</p>
          ) : (
            <form onSubmit={(event) => void send(event, names[0] ?? '')}>
              <Field label={t('to_whom')}>
                {(props) => (
                  <select {...props} value={to === '' ? names[0] : to} onChange={(event) => setTo(event.target.value)}>
                    {names.map((name) => (
                      <option key={name}>{name}</option>
                    ))}
                  </select>
                )}
              </Field>
              {acts.problem !== null && (
                <Notice kind="bad" alert>
                  {t('act_failed', { what: acts.problem })}
                </Notice>
              )}
              <button type="submit" className="primary">
                {t('hand_over')}
              </button>
            </form>
          )
        }
      </Loaded>
    </Dialog>
  );
}
