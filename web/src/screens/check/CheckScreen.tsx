import './check.css';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { asProblem, get, post, type Problem } from '../../api/client';
import { duration } from '../../format/age';
import { plateText } from '../../format/plate';
import { useLanguage, useTexts } from '../../i18n/define';
import { useAddressState } from '../../shell/address';
import { Notice } from '../../ui/Notice';
import { Failure } from '../../ui/states';
import { type Checked, checked, type Near, nearby, told } from './api';
import { type Here, whereAmI } from './here';
import { NoteForm } from './NoteForm';
import { answerOf, dropNote, keepSnapshot, keptNotes, keptSnapshot, type Note, type OfflineAnswer, type Snapshot, snapshot } from './offline';
import { isPlate, PLATE_LENGTH_MAX, PlateKeys } from './PlateKeys';
import { texts } from './texts';
import { Verdict } from './Verdict';
import { keepPageForOffline } from './worker';

/** A snapshot older than this is fetched anew when there is a network. */
const SNAPSHOT_FRESH_MS = 10 * 60_000;

type Answer =
  | { kind: 'none' }
  | { kind: 'asking' }
  | { kind: 'failed'; problem: Problem }
  | { kind: 'online'; checked: Checked }
  | { kind: 'offline'; answer: OfflineAnswer; as_of: number };

/** 路面核查: may this truck be here now? One hand, one word, with or without a network. */
export default function CheckScreen() {
  const t = useTexts(texts);
  const language = useLanguage();
  const [asked, setAsked] = useAddressState('plate');
  const [plate, setPlate] = useState(asked ?? '');
  const [incomplete, setIncomplete] = useState(false);
  const [answer, setAnswer] = useState<Answer>({ kind: 'none' });
  const [here, setHere] = useState<Here | null>(null);
  const kept = useSnapshot();
  const [notes, refreshNotes] = useNotes();
  const result = useRef<HTMLDivElement>(null);

  const check = useCallback(
    async (wanted: string) => {
      setPlate(wanted);
      if (!isPlate(wanted)) {
        setIncomplete(true);
        return;
      }
      setIncomplete(false);
      setAsked(wanted);
      setAnswer({ kind: 'asking' });
      const place = here === null ? '' : `&lat=${here.lat}&lon=${here.lon}`;
      try {
        setAnswer({ kind: 'online', checked: await get(`/api/v1/checks?plate=${encodeURIComponent(wanted)}${place}`, checked) });
      } catch (thrown) {
        const problem = asProblem(thrown);
        const snapshot_now = problem.status === 0 ? await keptSnapshot().catch(() => null) : null;
        setAnswer(
          snapshot_now === null
            ? { kind: 'failed', problem }
            : { kind: 'offline', answer: answerOf(snapshot_now, wanted, Date.now()), as_of: snapshot_now.as_of },
        );
      }
      result.current?.focus();
    },
    [here, setAsked],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void check(plate);
  };
  const again = () => {
    setAnswer({ kind: 'none' });
    setPlate('');
    setAsked(null);
  };
  return (
    <div className="check">
      <form onSubmit={submit}>
        <label htmlFor="check-plate">{t('plate')}</label>
        <div className="check-entry">
          <input
            id="check-plate"
            value={plateText(plate)}
            onChange={({ target }) => setPlate(target.value.replace(/[\s·•・.-]/g, '').toUpperCase().slice(0, PLATE_LENGTH_MAX))}
            autoComplete="off"
            autoCapitalize="characters"
            aria-invalid={incomplete}
            aria-describedby={incomplete ? 'check-problem' : undefined}
          />
          <button type="submit" className="primary">
            {t('check')}
          </button>
        </div>
        {incomplete && (
          <p id="check-problem" className="problem" role="alert">
            {t('incomplete')}
          </p>
        )}
        {answer.kind === 'none' || answer.kind === 'failed' ? (
          <PlateKeys plate={plate} onChange={setPlate} />
        ) : (
          <button type="button" className="check-again" onClick={again}>
            {t('note_again')}
          </button>
        )}
      </form>
      <div ref={result} tabIndex={-1} aria-live="polite" className="check-result">
        <Result answer={answer} retry={() => void check(plate)} />
      </div>
      {(answer.kind === 'online' || answer.kind === 'offline') && (
        <details className="check-more">
          <summary>{t('note')}</summary>
          <NoteForm key={plate} plate={plate} here={here} onQueue={refreshNotes} />
        </details>
      )}
      <Nearby onHere={setHere} choose={(wanted) => void check(wanted)} />
      <Waiting notes={notes} refresh={refreshNotes} />
      {kept !== null && (
        <p className="check-kept">{t('offline_ready', { age: duration((Date.now() - kept.as_of) / 1000, language), n: kept.trucks.length })}</p>
      )}
    </div>
  );
}

function Result({ answer, retry }: { answer: Answer; retry: () => void }) {
  const t = useTexts(texts);
  switch (answer.kind) {
    case 'none':
      return null;
    case 'asking':
      return <p className="state">{t('checking')}</p>;
    case 'failed':
      return answer.problem.status === 0 ? (
        <Notice kind="bad" alert>
          <p>{t('offline_none')}</p>
          <button type="button" onClick={retry}>
            {t('check')}
          </button>
        </Notice>
      ) : (
        <Failure problem={answer.problem} retry={retry} />
      );
    case 'online':
      return <Verdict checked={answer.checked} />;
    case 'offline':
      return <Verdict offline={answer.answer} as_of={answer.as_of} />;
  }
}

/** The snapshot on the device, brought up to date when the page opens with a network. */
function useSnapshot(): Snapshot | null {
  const [kept, setKept] = useState<Snapshot | null>(null);
  useEffect(() => {
    let gone = false;
    const bring = async () => {
      const old = await keptSnapshot().catch(() => null);
      if (!gone) setKept(old);
      if (old !== null && Date.now() - old.as_of < SNAPSHOT_FRESH_MS) return;
      const body = await get<unknown>('/api/v1/checks/snapshot', (value) => value);
      const fresh = snapshot(body, '');
      await keepSnapshot(body);
      if (!gone) setKept(fresh);
    };
    // Without a network, or on a device that keeps nothing, the old one stays.
    bring().catch(() => undefined);
    keepPageForOffline().catch(() => undefined);
    return () => {
      gone = true;
    };
  }, []);
  return kept;
}

/** Notes that wait. They are sent when the page opens and when the network comes back. */
function useNotes(): [Note[], () => void] {
  const [notes, setNotes] = useState<Note[]>([]);
  const refresh = useCallback(() => {
    keptNotes().then(setNotes, () => undefined);
  }, []);
  useEffect(() => {
    const send = () => {
      sendWaiting().then(refresh, refresh);
    };
    send();
    window.addEventListener('online', send);
    return () => window.removeEventListener('online', send);
  }, [refresh]);
  return [notes, refresh];
}

/** Sends what waits, oldest first; one that is refused stays to be looked at. */
export async function sendWaiting(): Promise<void> {
  for (const note of await keptNotes()) {
    try {
      await post('/api/v1/checks/notes', note, told);
      await dropNote(note.key);
    } catch (thrown) {
      if (asProblem(thrown).status === 0) return;
    }
  }
}

function Waiting({ notes, refresh }: { notes: Note[]; refresh: () => void }) {
  const t = useTexts(texts);
  if (notes.length === 0) return null;
  return (
    <section className="check-waiting" aria-label={t('waiting', { n: notes.length })}>
      <h2>{t('waiting', { n: notes.length })}</h2>
      <ul>
        {notes.map((note) => (
          <li key={note.key}>
            <span>
              {plateText(note.plate)} · {t.word('what', note.what)}
            </span>
            <button type="button" onClick={() => void dropNote(note.key).then(refresh)}>
              {t('discard')}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => void sendWaiting().then(refresh, refresh)}>
        {t('send_now')}
      </button>
    </section>
  );
}

function Nearby({ onHere, choose }: { onHere: (here: Here) => void; choose: (plate: string) => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [state, setState] = useState<{ kind: 'idle' | 'asking' } | { kind: 'found'; trucks: Near[] } | { kind: 'refused'; what: string }>({ kind: 'idle' });
  const look = async () => {
    setState({ kind: 'asking' });
    try {
      const here = await whereAmI();
      onHere(here);
      const { trucks } = await get(`/api/v1/checks/nearby?lat=${here.lat}&lon=${here.lon}`, nearby);
      setState({ kind: 'found', trucks });
    } catch (thrown) {
      const problem = asProblem(thrown);
      setState({ kind: 'refused', what: thrown instanceof Error && problem.status === -1 ? thrown.message : problem[language] });
    }
  };
  return (
    <section className="check-near" aria-label={t('near')}>
      <button type="button" onClick={() => void look()}>
        {t('near')}
      </button>
      {state.kind === 'asking' && <p className="state">{t('locating')}</p>}
      {state.kind === 'refused' && <p className="state">{t('near_refused', { what: state.what })}</p>}
      {state.kind === 'found' && state.trucks.length === 0 && <p className="state">{t('near_none')}</p>}
      {state.kind === 'found' && (
        <ul>
          {state.trucks.map(({ plate, carrier_name, away_m }) => (
            <li key={plate}>
              <button type="button" onClick={() => choose(plate)}>
                <strong>{plateText(plate)}</strong> {carrier_name ?? t('no_carrier')} · {t('near_away', { m: away_m })}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
