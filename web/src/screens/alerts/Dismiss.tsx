import { type FormEvent, useState } from 'react';
import { asProblem, post } from '../../api/client';
import { type Clue, clue as clueDecoder } from '../../api/types';
import { plateText } from '../../format/plate';
import { useLanguage, useTexts } from '../../i18n/define';
import { useFeed } from '../../live/useLive';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { texts } from './texts';

/** Dismisses an alert with a reason. What was typed stays when the service refuses. */
export function Dismiss({ clue, onClose, onDismissed }: { clue: Clue; onClose: () => void; onDismissed: (clue: Clue) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const feed = useFeed();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === '') return setProblem(t('dismiss_missing'));
    setBusy(true);
    try {
      const decided = await post(`/api/v1/clues/${encodeURIComponent(clue.id)}/reject`, { reason: reason.trim() }, clueDecoder);
      onDismissed(decided);
      onClose();
      feed.takeClue(decided);
    } catch (thrown) {
      const failure = asProblem(thrown);
      setProblem(t('failed', { what: failure[language] }));
      setBusy(false);
      if (failure.status === 409) void feed.load('clues');
    }
  };
  return (
    <Dialog title={`${t('dismiss_title')} ${plateText(clue.plate)}`} onClose={onClose}>
      <form onSubmit={(event) => void send(event)} noValidate>
        <Field label={t('dismiss_reason')} problem={problem} required>
          {(props) => <textarea {...props} rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <button type="submit" className="danger" disabled={busy}>
          {t(busy ? 'submitting' : 'submit')}
        </button>
      </form>
    </Dialog>
  );
}
