import { useRef, useState } from 'react';
import { asProblem, post, type Problem, upload } from '../../api/client';
import { minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { REGISTERS, type RegisterName } from '../../registry/api';
import '../../registry/registry.css';
import { texts as words } from '../../registry/texts';
import { useAddressState } from '../../shell/address';
import { Goto } from '../../shell/Goto';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { CheckedRows } from './CheckedRows';
import { type Checked, checked, type Committed, committed, type UploadView, uploadView } from './api';
import { texts } from './texts';

const DATUMS = ['WGS84', 'GCJ02', 'BD09', 'CGCS2000'] as const;

interface Reading {
  encoding: 'utf-8' | 'gb18030';
  datum: string;
  columns: Record<string, string>;
  valid_from: string;
}

/** A file of records, tried row by row and then imported. */
export default function ImportScreen() {
  const t = useTexts(texts);
  const w = useTexts(words);
  const language = useLanguage();
  const [wanted, setWanted] = useAddressState('register');
  const register: RegisterName = REGISTERS.find((known) => known === wanted) ?? 'trucks';
  const [kept, setKept] = useState<UploadView | null>(null);
  const [reading, setReading] = useState<Reading>({ encoding: 'utf-8', datum: '', columns: {}, valid_from: '' });
  const [result, setResult] = useState<Checked | null>(null);
  const [done, setDone] = useState<Committed | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const step = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  const send = () =>
    step(async () => {
      const file = input.current?.files?.[0];
      if (file === undefined) return;
      const query = new URLSearchParams({ register, name: file.name });
      const view = await upload(`/api/v1/imports?${query.toString()}`, file, 'application/octet-stream', uploadView);
      setKept(view);
      setReading({ encoding: view.encoding, datum: '', columns: view.suggested, valid_from: '' });
      setResult(null);
      setDone(null);
    });
  const check = () =>
    step(async () => {
      if (kept === null) return;
      const body = { ...reading, datum: reading.datum === '' ? null : reading.datum, valid_from: reading.valid_from === '' ? null : reading.valid_from };
      setResult(null);
      setResult(await post(`/api/v1/imports/${kept.token}/check`, body, checked));
    });
  const commit = (skip_refused: boolean) =>
    step(async () => {
      if (kept === null) return;
      setDone(await post(`/api/v1/imports/${kept.token}/commit`, { skip_refused }, committed));
    });
  const restart = () => {
    setKept(null);
    setResult(null);
    setDone(null);
    setProblem(null);
  };
  return (
    <section className="panel">
      <h2>{t('step_file')}</h2>
      <form
        className="form-row"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Field label={t('register')}>
          {(props) => (
            <select
              {...props}
              value={register}
              onChange={(event) => {
                restart();
                setWanted(event.target.value);
              }}
            >
              {REGISTERS.map((key) => (
                <option key={key} value={key}>
                  {w(key)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('file')} hint={t('file_hint')}>
          {(props) => <input {...props} ref={input} type="file" accept=".csv,.txt,.json,.geojson,.kml" />}
        </Field>
        <p className="acts">
          <button type="submit" className="primary" disabled={busy}>
            {t('upload')}
          </button>
          <a className="button" href={`/api/v1/imports/templates/${register}.csv`} download>
            {t('template')}
          </a>
        </p>
      </form>
      {kept !== null && <HowToRead kept={kept} reading={reading} change={setReading} check={() => void check()} busy={busy} />}
      {problem !== null && (
        <Notice kind="bad" alert>
          <p>{problem[language]}</p>
        </Notice>
      )}
      {result !== null && done === null && <CheckedRows result={result} commit={(skip) => void commit(skip)} busy={busy} />}
      {done !== null && (
        <>
          <h2>{t('step_done')}</h2>
          <Notice kind="good" alert>
            <p>{t('done', { new: done.new, changed: done.changed, from: minute(Date.parse(done.in_force)) })}</p>
          </Notice>
          <p className="acts">
            <Goto className="button" to={register === 'permits' ? { screen: 'permits' } : { screen: 'registers', state: { register } }}>
              {t('see')}
            </Goto>
            <button
              type="button"
              onClick={() => {
                restart();
                if (input.current !== null) input.current.value = '';
              }}
            >
              {t('another')}
            </button>
          </p>
        </>
      )}
    </section>
  );
}

function HowToRead({ kept, reading, change, check, busy }: { kept: UploadView; reading: Reading; change: (reading: Reading) => void; check: () => void; busy: boolean }) {
  const t = useTexts(texts);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        check();
      }}
    >
      <h2>{t('step_read')}</h2>
      <div className="form-row">
        <Field label={t('encoding')}>
          {(props) => (
            <select {...props} value={reading.encoding} onChange={(event) => change({ ...reading, encoding: event.target.value === 'gb18030' ? 'gb18030' : 'utf-8' })}>
              <option value="utf-8">{t('utf8')}</option>
              <option value="gb18030">{t('gb18030')}</option>
            </select>
          )}
        </Field>
        {kept.needs_datum && (
          <Field label={t('datum')} hint={t('datum_hint')} required>
            {(props) => (
              <select {...props} value={reading.datum} onChange={(event) => change({ ...reading, datum: event.target.value })}>
                <option value="">{t('datum_choose')}</option>
                {DATUMS.map((datum) => (
                  <option key={datum} value={datum}>
                    {t(datum)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label={t('valid_from')} hint={t('valid_from_hint')}>
          {(props) => <input {...props} type="date" value={reading.valid_from} onChange={(event) => change({ ...reading, valid_from: event.target.value })} />}
        </Field>
      </div>
      {kept.form === 'csv' && (
        <fieldset className="hours">
          <legend>{t('columns')}</legend>
          <div className="mapping">
            {kept.columns.map(({ member, heading_zh, required }) => (
              <Field key={member} label={heading_zh} required={required}>
                {({ required: _, ...props }) => (
                  <select
                    {...props}
                    value={reading.columns[member] ?? ''}
                    onChange={(event) => {
                      const { [member]: _old, ...others } = reading.columns;
                      change({ ...reading, columns: event.target.value === '' ? others : { ...others, [member]: event.target.value } });
                    }}
                  >
                    <option value="">{t('column_none')}</option>
                    {kept.headings.map((heading) => (
                      <option key={heading} value={heading}>
                        {heading}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            ))}
          </div>
        </fieldset>
      )}
      <p className="acts">
        <button type="submit" className="primary" disabled={busy}>
          {t('check')}
        </button>
      </p>
    </form>
  );
}
