import { useState } from 'react';
import { useTexts } from '../../i18n/define';
import { membersOf, putRecord, type RecordDetail, type RegisterName, type Stored } from '../../registry/api';
import { draftOf, membersFrom } from '../../registry/fields';
import { HoursTable, hoursOf } from '../../registry/HoursTable';
import { RecordFields } from '../../registry/RecordFields';
import { SaveBar } from '../../registry/SaveBar';
import { texts as words } from '../../registry/texts';
import { texts } from './texts';

/** Creates a record, or changes one; the shape of a feature stays as it is. */
export function RecordEdit({
  register,
  detail,
  onSaved,
  cancel,
}: {
  register: RegisterName;
  detail: RecordDetail | null;
  onSaved: (stored: Stored) => void;
  cancel: () => void;
}) {
  const t = useTexts(texts);
  const w = useTexts(words);
  const [draft, setDraft] = useState(() => draftOf(register, detail?.record ?? null));
  const [hours, setHours] = useState(() => hoursOf(detail === null ? null : membersOf(detail.record)['windows']));
  const record = () => {
    const members = membersFrom(register, draft);
    if (register === 'zones') members['windows'] = hours;
    return detail !== null && 'geometry' in detail.record ? { ...detail.record, properties: members } : members;
  };
  return (
    <section className="record-edit" aria-label={detail === null ? t('new_title', { register: w(register) }) : t('edit_title', { name: detail.name })}>
      <h2>{detail === null ? t('new_title', { register: w(register) }) : t('edit_title', { name: detail.name })}</h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <RecordFields register={register} draft={draft} change={setDraft} is_new={detail === null} />
        {register === 'zones' && <HoursTable hours={hours} change={setHours} />}
        <SaveBar save={(wish) => putRecord(register, detail?.id ?? '', record(), detail?.tag ?? null, wish)} onSaved={onSaved} cancel={cancel} />
      </form>
    </section>
  );
}
