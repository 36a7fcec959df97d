import { type FormEvent, useState } from 'react';
import { asProblem, post, Problem } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { told } from './api';
import { type Here, whereAmI } from './here';
import { keepNote, keptNotes, type Note, NOTES_MAX } from './offline';
import { texts } from './texts';

const WHAT = ['no_permit', 'uncovered', 'spillage', 'dumping', 'mud', 'plate', 'driving', 'forbidden', 'other'] as const;
/** Most pictures with one note. */
const PHOTOS_MAX = 3;

type Sent = { kind: 'not_yet' } | { kind: 'sending' } | { kind: 'sent'; receipt: string } | { kind: 'kept' } | { kind: 'failed'; problem: Problem };

/** Sends a note; without a network it is kept on the device. What was written stays when the service refuses. */
export function NoteForm({ plate, here, onQueue }: { plate: string; here: Here | null; onQueue: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [key] = useState(() => crypto.randomUUID());
  const [what, setWhat] = useState<string>(WHAT[0]);
  const [text, setText] = useState('');
  const [place, setPlace] = useState('');
  const [photos, setPhotos] = useState<File[]>([]);
  const [sent, setSent] = useState<Sent>({ kind: 'not_yet' });
  const [missing, setMissing] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSent({ kind: 'sending' });
    const at = here ?? (place === '' ? await whereAmI().catch(() => null) : null);
    if (at === null && place.trim() === '') {
      setMissing(true);
      setSent({ kind: 'not_yet' });
      return;
    }
    setMissing(false);
    const note: Note = {
      key,
      plate,
      place,
      lat: at?.lat ?? null,
      lon: at?.lon ?? null,
      occurred_at: new Date().toISOString(),
      what,
      text,
      photos: await Promise.all(photos.slice(0, PHOTOS_MAX).map(base64)),
    };
    try {
      const { receipt } = await post('/api/v1/checks/notes', note, told);
      setSent({ kind: 'sent', receipt });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status !== 0) {
        setSent({ kind: 'failed', problem });
        return;
      }
      try {
        const waiting = (await keptNotes()).length;
        if (waiting >= NOTES_MAX) {
          setSent({ kind: 'failed', problem: fullProblem(waiting) });
          return;
        }
        await keepNote(note);
        setSent({ kind: 'kept' });
        onQueue();
      } catch {
        setSent({ kind: 'failed', problem });
      }
    }
  };

  if (sent.kind === 'sent' || sent.kind === 'kept') {
    return (
      <Notice kind="good" alert>
        <p>{sent.kind === 'sent' ? t('note_sent', { receipt: sent.receipt }) : t('note_kept')}</p>
      </Notice>
    );
  }
  return (
    <form className="check-note" onSubmit={(event) => void submit(event)}>
      <Field label={t('note_what')}>
        {(props) => (
          <select {...props} value={what} onChange={({ target }) => setWhat(target.value)}>
            {WHAT.map((word) => (
              <option key={word} value={word}>
                {t(`what.${word}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t('note_text')}>
        {(props) => <textarea {...props} rows={2} maxLength={1000} value={text} onChange={({ target }) => setText(target.value)} />}
      </Field>
      <Field label={t('note_place')} problem={missing ? t('note_place_missing') : null}>
        {(props) => <input {...props} maxLength={200} value={place} onChange={({ target }) => setPlace(target.value)} />}
      </Field>
      <Field label={t('note_photo')}>
        {(props) => (
          <input
            {...props}
            type="file"
            accept="image/jpeg,image/png,image/webp"
            capture="environment"
            multiple
            onChange={({ target }) => setPhotos([...(target.files ?? [])])}
          />
        )}
      </Field>
      {sent.kind === 'failed' && (
        <Notice kind="bad" alert>
          <p>{t('note_failed', { what: sent.problem[language] })}</p>
        </Notice>
      )}
      <button type="submit" className="primary" disabled={sent.kind === 'sending'}>
        {t('note_send')}
      </button>
    </form>
  );
}

function fullProblem(n: number): Problem {
  return new Problem(0, texts.zh.note_full.replace('{n}', String(n)), texts.en.note_full.replace('{n}', String(n)));
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^data:[^,]*,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('the picture cannot be read'));
    reader.readAsDataURL(file);
  });
}
