import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { type PermitDetail, putRecord, type RecordBody, records, type Stored } from '../../registry/api';
import { HoursTable, hoursOf } from '../../registry/HoursTable';
import { CarrierSelect } from '../../registry/RecordFields';
import { SaveBar } from '../../registry/SaveBar';
import { texts as words } from '../../registry/texts';
import { membersOf } from '../../registry/api';
import { Field } from '../../ui/Field';
import { useFetched } from '../../ui/useFetched';
import { texts } from './texts';

interface LegDraft {
  source: string;
  sink: string;
  route: string;
}

interface Draft {
  number: string;
  carrier_uscc: string;
  plates: string;
  waste_class: string;
  volume_m3: string;
  used_m3: string;
  valid_from: string;
  valid_to: string;
}

const MEMBERS = ['number', 'carrier_uscc', 'waste_class', 'volume_m3', 'used_m3', 'valid_from', 'valid_to'] as const;

/** Issues a permit, or changes one from a moment on. */
export function PermitEdit({ detail, onSaved, cancel }: { detail: PermitDetail | null; onSaved: (stored: Stored) => void; cancel: () => void }) {
  const t = useTexts(texts);
  const w = useTexts(words);
  const record: RecordBody = detail?.record ?? { waste_class: '工程渣土', used_m3: 0 };
  const [draft, setDraft] = useState<Draft>(() => {
    const of = (member: string) => (typeof record[member] === 'string' || typeof record[member] === 'number' ? String(record[member]) : '');
    return { ...(Object.fromEntries(MEMBERS.map((member) => [member, of(member)])) as unknown as Omit<Draft, 'plates'>), plates: textsOf(record['trucks']).join('\n') };
  });
  const [legs, setLegs] = useState<LegDraft[]>(() => legsOf(record['legs']));
  const [hours, setHours] = useState(() => hoursOf(record['windows']));
  const [passes, setPasses] = useState(() => textsOf(record['zone_passes']));
  const [sites] = useFetched('/api/v1/registers/sites?limit=200', records);
  const [routes] = useFetched('/api/v1/registers/routes?limit=200', records);
  const [zones] = useFetched('/api/v1/registers/zones?limit=200&kind=no_go', records);
  const rows = (data: typeof sites) => (data.kind === 'ready' ? data.value.records : []);
  const of_kind = (kinds: readonly string[]) => rows(sites).filter((row) => kinds.includes(String(membersOf(row.record)['kind'])));
  const put = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const body = (): RecordBody => ({
    ...(detail === null ? {} : { status: record['status'] }),
    number: draft.number.trim(),
    carrier_uscc: draft.carrier_uscc,
    trucks: draft.plates.split(/[\s,，、;；]+/).filter((plate) => plate !== ''),
    legs: legs.map(({ source, sink, route }) => ({ source, sink, route: route === '' ? null : route })),
    waste_class: draft.waste_class.trim(),
    volume_m3: amount(draft.volume_m3),
    used_m3: amount(draft.used_m3 === '' ? '0' : draft.used_m3),
    valid_from: draft.valid_from,
    valid_to: draft.valid_to,
    windows: hours,
    zone_passes: passes,
  });
  const input = (member: Exclude<keyof Draft, 'plates' | 'carrier_uscc'>, label: string, type: string, read_only = false) => (
    <Field label={label} required={member !== 'used_m3'}>
      {(props) => (
        <input
          {...props}
          type={type === 'number' ? 'text' : type}
          inputMode={type === 'number' ? 'decimal' : undefined}
          readOnly={read_only}
          autoComplete="off"
          value={draft[member]}
          onChange={(event) => put({ [member]: event.target.value })}
        />
      )}
    </Field>
  );
  const title = detail === null ? t('new_title') : t('edit_title', { number: detail.number });
  return (
    <section className="permit-edit" aria-label={title}>
      <h2>{title}</h2>
      <form noValidate onSubmit={(event) => event.preventDefault()}>
        <div className="form-row">
          {input('number', t('number'), 'text', detail !== null)}
          <Field label={t('carrier')} required>
            {(props) => <CarrierSelect {...props} value={draft.carrier_uscc} set={(carrier_uscc) => put({ carrier_uscc })} />}
          </Field>
          {input('waste_class', t('waste_class'), 'text')}
          {input('volume_m3', t('volume'), 'number')}
          {input('used_m3', t('used'), 'number')}
          {input('valid_from', t('valid_from'), 'date')}
          {input('valid_to', t('valid_to'), 'date')}
        </div>
        <Field label={t('plates')}>{(props) => <textarea {...props} rows={4} value={draft.plates} onChange={(event) => put({ plates: event.target.value })} />}</Field>
        <fieldset className="hours">
          <legend>{t('legs')}</legend>
          {legs.map((leg, at) => {
            const set = (part: Partial<LegDraft>) => setLegs(legs.map((other, i) => (i === at ? { ...other, ...part } : other)));
            const select = (what: keyof LegDraft, options: { id: string; name: string }[], none: string) => (
              <select aria-label={t('leg', { n: at + 1, what: t(what) })} value={leg[what]} onChange={(event) => set({ [what]: event.target.value })}>
                <option value="">{none}</option>
                {leg[what] !== '' && !options.some(({ id }) => id === leg[what]) && <option value={leg[what]}>{leg[what]}</option>}
                {options.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            );
            return (
              <div key={at} className="form-row leg">
                <div className="field">{select('source', of_kind(['source']), t('source'))}</div>
                <div className="field">{select('sink', of_kind(['disposal', 'recycling', 'backfill']), t('sink'))}</div>
                <div className="field">{select('route', rows(routes), t('any_way'))}</div>
                <button type="button" aria-label={t('remove_leg', { n: at + 1 })} onClick={() => setLegs(legs.filter((_, i) => i !== at))}>
                  ✕
                </button>
              </div>
            );
          })}
          <button type="button" onClick={() => setLegs([...legs, { source: '', sink: '', route: '' }])}>
            {t('add_leg')}
          </button>
        </fieldset>
        <HoursTable hours={hours} change={setHours} />
        <fieldset className="hours">
          <legend>{t('passes')}</legend>
          {rows(zones).length === 0 && <p className="quiet">{t('no_zones')}</p>}
          {rows(zones).map(({ id, name }) => (
            <label key={id} className="check">
              <input type="checkbox" checked={passes.includes(id)} onChange={(event) => setPasses(event.target.checked ? [...passes, id] : passes.filter((other) => other !== id))} /> {name}
            </label>
          ))}
        </fieldset>
        <SaveBar label={w('save')} save={(wish) => putRecord('permits', detail?.number ?? '', body(), detail?.tag ?? null, wish)} onSaved={onSaved} cancel={cancel} />
      </form>
    </section>
  );
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function legsOf(value: unknown): LegDraft[] {
  const legs = Array.isArray(value) ? (value as Partial<Record<keyof LegDraft, unknown>>[]) : [{}];
  const of = (part: unknown) => (typeof part === 'string' ? part : '');
  return legs.map(({ source, sink, route }) => ({ source: of(source), sink: of(sink), route: of(route) }));
}

/** A number where it is one; else the text, which the service then names. */
function amount(text: string): number | string {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
