import { type FormEvent, useEffect, useState } from 'react';
import { useTexts } from '../../i18n/define';
import { useLive, useServerNow } from '../../live/useLive';
import { Field } from '../../ui/Field';
import { fromInput, PRESETS, presetRange, type Range, toInput, validRange } from './range';
import { texts } from './texts';

/** Suggested plates at most. */
const SUGGESTED_MAX = 200;

/** Which truck and when. What was typed stays when it cannot be asked for. */
export function ReplayForm({ plate, range, show }: { plate: string | null; range: Range | null; show: (plate: string, range: Range) => void }) {
  const t = useTexts(texts);
  const now_ms = useServerNow();
  const trucks = useLive((model) => model.trucks);
  const first = range ?? presetRange('hour', now_ms);
  const [typed, setTyped] = useState(plate ?? '');
  const [from, setFrom] = useState(toInput(first.from));
  const [to, setTo] = useState(toInput(first.to));
  const [problem, setProblem] = useState<'plate' | 'range' | null>(null);
  useEffect(() => {
    if (plate !== null) setTyped(plate);
    if (range !== null) {
      setFrom(toInput(range.from));
      setTo(toInput(range.to));
    }
  }, [plate, range?.from, range?.to]);
  const clean = typed.replace(/[\s·•.-]/g, '').toUpperCase();
  const ask = (asked: Range | null) => {
    if (clean === '') return setProblem('plate');
    if (asked === null) return setProblem('range');
    setProblem(null);
    show(clean, asked);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask(validRange(fromInput(from), fromInput(to)));
  };
  const plates = trucks.kind === 'ready' ? [...trucks.value.keys()].filter((known) => known.includes(clean)).slice(0, SUGGESTED_MAX) : [];
  return (
    <form className="panel replay-form" aria-label={t('form')} onSubmit={submit} noValidate>
      <div className="form-row">
        <Field label={t('plate')} hint={t('plate_hint')} problem={problem === 'plate' ? t('plate_missing') : null}>
          {(props) => <input {...props} list="replay-plates" value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" />}
        </Field>
        <datalist id="replay-plates">
          {plates.map((known) => (
            <option key={known} value={known} />
          ))}
        </datalist>
        <Field label={t('from')} problem={problem === 'range' ? t('range_wrong') : null}>
          {(props) => <input {...props} type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.target.value)} />}
        </Field>
        <Field label={t('to')}>
          {(props) => <input {...props} type="datetime-local" step={1} value={to} onChange={(event) => setTo(event.target.value)} />}
        </Field>
        <button type="submit" className="primary">
          {t('show')}
        </button>
      </div>
      <div className="filters" role="group" aria-label={t('presets')}>
        {PRESETS.map((preset) => (
          <button key={preset} type="button" onClick={() => ask(presetRange(preset, now_ms))}>
            {t(`preset.${preset}`)}
          </button>
        ))}
      </div>
    </form>
  );
}
