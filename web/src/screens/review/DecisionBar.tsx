import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { Claim, Clue, Session } from '../../api/types';
import { rightToDecide } from '../../clues/rights';
import { clock } from '../../format/time';
import { useTexts } from '../../i18n/define';
import { HandOver } from '../../casework/HandOver';
import { useClaimActs } from '../../casework/claims';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import type { Outcome } from './decisions';
import { texts } from './texts';

const CONFIRM = ['reason.confirm.1', 'reason.confirm.2', 'reason.confirm.3'] as const;
const DISMISS = ['reason.reject.1', 'reason.reject.2', 'reason.reject.3', 'reason.reject.4', 'reason.other'] as const;

/** Why this officer may not decide this clue now, in words; `null`: may. */
export function useHindrance(clue: Clue, officer: Session, claim: Claim | null): string | null {
  const t = useTexts(texts);
  const right = rightToDecide(officer, clue);
  if (right === 'other_authority') return t('other_authority', { authority: t(`authority.${clue.authority}`) });
  if (right === 'read_only') return t('read_only');
  if (claim !== null && claim.by !== officer.name) return t('taken', { by: claim.by, until: clock(claim.until) });
  return null;
}

/** Confirm with the reason chosen, or dismiss with one; and whose the clue is. */
export function DecisionBar({
  clue,
  officer,
  claim,
  dismissing,
  setDismissing,
  decide,
  confirmReason,
}: {
  clue: Clue;
  officer: Session;
  claim: Claim | null;
  dismissing: boolean;
  setDismissing: (on: boolean) => void;
  decide: (outcome: Outcome, reason: string) => void;
  /** The select of reasons to confirm: `C` uses what is chosen in it. */
  confirmReason: RefObject<HTMLSelectElement | null>;
}) {
  const t = useTexts(texts);
  const hindrance = useHindrance(clue, officer, claim);
  const acts = useClaimActs(clue.id);
  const [handing, setHanding] = useState(false);
  if (clue.state !== 'pending') return null;
  if (hindrance !== null) {
    return (
      <section className="decision-bar" aria-label={t('decision')}>
        <Notice kind="info">
          <p data-hindrance>{hindrance}</p>
        </Notice>
      </section>
    );
  }
  return (
    <section className="decision-bar" aria-label={t('decision')}>
      {acts.problem !== null && <Notice kind="bad" alert>{t('act_failed', { what: acts.problem })}</Notice>}
      {dismissing ? (
        <DismissForm submit={(reason) => decide('reject', reason)} cancel={() => setDismissing(false)} />
      ) : (
        <>
          <p className="quiet">{t('sensor_only')}</p>
          <div className="decision-row">
            <Field label={t('confirm_reason')}>
              {(props) => (
                <select {...props} ref={confirmReason} defaultValue={t(CONFIRM[clue.rule.startsWith('TR-02') ? 1 : 0])} key={clue.id}>
                  {CONFIRM.map((key) => (
                    <option key={key}>{t(key)}</option>
                  ))}
                </select>
              )}
            </Field>
            <button type="button" className="danger" onClick={() => decide('confirm', confirmReason.current?.value ?? t(CONFIRM[0]))}>
              {t('confirm')}
            </button>
            <button type="button" onClick={() => setDismissing(true)}>
              {t('dismiss')}
            </button>
          </div>
        </>
      )}
      <div className="decision-row">
        {claim === null ? (
          <button type="button" className="plain" onClick={() => void acts.claim()}>
            {t('claim')}
          </button>
        ) : (
          <>
            <span className="tag">{t('mine', { until: clock(claim.until) })}</span>
            <button type="button" className="plain" onClick={() => void acts.release()}>
              {t('release')}
            </button>
          </>
        )}
        <button type="button" className="plain" onClick={() => setHanding(true)}>
          {t('hand_over')}
        </button>
      </div>
      {handing && <HandOver clue={clue} onClose={() => setHanding(false)} />}
    </section>
  );
}

function DismissForm({ submit, cancel }: { submit: (reason: string) => void; cancel: () => void }) {
  const t = useTexts(texts);
  const [code, setCode] = useState<(typeof DISMISS)[number]>(DISMISS[0]);
  const [more, setMore] = useState('');
  const [missing, setMissing] = useState(false);
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const reason = [code === 'reason.other' ? '' : t(code), more.trim()].filter((part) => part !== '').join('：');
    if (reason === '') setMissing(true);
    else submit(reason);
  };
  return (
    <form
      className="decision"
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target instanceof HTMLSelectElement) send(event);
        if (event.key === 'Escape') cancel();
      }}
    >
      <Field label={t('dismiss_reason')} problem={missing ? t('reason_missing') : null}>
        {(props) => (
          <select {...props} ref={first} value={code} onChange={(event) => setCode(event.target.value as typeof code)}>
            {DISMISS.map((key) => (
              <option key={key} value={key}>
                {t(key)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('reason_more')}>{(props) => <input {...props} maxLength={500} value={more} onChange={(event) => setMore(event.target.value)} />}</Field>
      <div className="buttons">
        <button type="submit" className="danger">
          {t('submit_dismiss')}
        </button>
        <button type="button" onClick={cancel}>
          {t('cancel')}
        </button>
      </div>
    </form>
  );
}
