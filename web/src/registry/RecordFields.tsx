import { useTexts } from '../i18n/define';
import { Field } from '../ui/Field';
import { useFetched } from '../ui/useFetched';
import { records, type RegisterName } from './api';
import { type Draft, FIELDS, type FieldOf } from './fields';
import { texts } from './texts';
import { wordIn } from './word';

/** The form fields of a record. */
export function RecordFields({
  register,
  draft,
  change,
  is_new,
}: {
  register: RegisterName;
  draft: Draft;
  change: (draft: Draft) => void;
  is_new: boolean;
}) {
  return (
    <div className="form-row">
      {FIELDS[register].map((field) => (
        <OneField key={field.member} field={field} is_new={is_new} value={draft[field.member] ?? ''} set={(value) => change({ ...draft, [field.member]: value })} />
      ))}
    </div>
  );
}

function OneField({ field, value, set, is_new }: { field: FieldOf; value: string; set: (value: string) => void; is_new: boolean }) {
  const t = useTexts(texts);
  const { member, kind, required = false, key = false } = field;
  const label = wordIn(texts, t, member);
  if (kind === 'flag') {
    return (
      <label className="check">
        <input type="checkbox" checked={value === 'true'} onChange={(event) => set(event.target.checked ? 'true' : '')} /> {label}
      </label>
    );
  }
  return (
    <Field label={label} required={required}>
      {(props) =>
        kind === 'carrier' ? (
          <CarrierSelect {...props} value={value} set={set} />
        ) : typeof kind !== 'string' ? (
          <select {...props} value={value} onChange={(event) => set(event.target.value)}>
            {!required && <option value="">{t('none')}</option>}
            {kind.map((option) => (
              <option key={option} value={option}>
                {wordIn(texts, t, option)}
              </option>
            ))}
          </select>
        ) : (
          <input
            {...props}
            type={kind === 'date' ? 'date' : 'text'}
            inputMode={kind === 'number' ? 'decimal' : undefined}
            autoComplete="off"
            readOnly={key && !is_new}
            value={value}
            onChange={(event) => set(event.target.value)}
          />
        )
      }
    </Field>
  );
}

/** The companies of the register by name. */
export function CarrierSelect({
  value,
  set,
  ...props
}: {
  value: string;
  set: (value: string) => void;
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
  required: boolean;
}) {
  const t = useTexts(texts);
  const [data] = useFetched('/api/v1/registers/carriers?limit=200', records);
  const known = data.kind === 'ready' ? data.value.records : [];
  return (
    <select {...props} value={value} onChange={(event) => set(event.target.value)}>
      <option value="">{t('none')}</option>
      {value !== '' && !known.some(({ id }) => id === value) && <option value={value}>{value}</option>}
      {known.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
