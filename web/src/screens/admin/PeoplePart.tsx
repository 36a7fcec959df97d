import { type FormEvent, useState } from 'react';
import { post } from '../../api/client';
import { minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { useGo, usePlace } from '../../shell/address';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { useActing } from '../account/useActing';
import { type Link, link, people, type Person } from './api';
import { LinkReady } from './LinkReady';
import { PersonDialog } from './PersonDialog';
import { RightsFields, type Rights } from './RightsFields';
import { texts } from './texts';

/** Everyone who may sign in; adding someone; one of them open in a dialog, named in the address. */
export function PeoplePart() {
  const t = useTexts(texts);
  const go = useGo();
  const { id } = usePlace();
  const [version, setVersion] = useState(0);
  const [data, retry] = useFetched('/api/v1/people', people, version);
  const again = () => setVersion((n) => n + 1);
  const stateOf = ({ disabled_at, invited_until, has_password }: Person) =>
    disabled_at !== null
      ? t('state.disabled')
      : invited_until !== null
        ? t('state.invited', { until: minute(invited_until) })
        : t(has_password ? 'state.active' : 'state.no_password');
  const columns: Column<Person>[] = [
    { id: 'name', head: t('name'), names_row: true, cell: ({ name }) => name, sort: ({ name }) => name },
    { id: 'role', head: t('role'), cell: ({ role }) => t.word('role', role), sort: ({ role }) => t.word('role', role) },
    {
      id: 'authority',
      head: t('authority'),
      cell: ({ authority, company }) => company ?? t.word('authority', authority),
      sort: ({ authority }) => authority,
    },
    {
      id: 'state',
      head: t('state'),
      cell: (person) => (
        <>
          {stateOf(person)}
          {person.second_factor && <span className="quiet"> · {t('with_factor')}</span>}
        </>
      ),
      sort: stateOf,
    },
    {
      id: 'act',
      head: t('act'),
      cell: ({ id: whose, name }) => (
        <button type="button" aria-label={t('open_of', { name })} onClick={() => go({ id: String(whose) })} data-act="open">
          {t('open')}
        </button>
      ),
    },
  ];
  return (
    <>
      <section className="panel" aria-labelledby="admin-people">
        <h2 id="admin-people">{t('people')}</h2>
        <Loaded data={data} retry={retry}>
          {({ people: everyone }) => {
            const open = everyone.find((person) => String(person.id) === id);
            return (
              <>
                {everyone.length === 0 ? (
                  <Empty says={t('people_none')} />
                ) : (
                  <DataTable caption={t('people')} hide_caption columns={columns} rows={everyone} rowKey={(person) => String(person.id)} chosen={id} />
                )}
                {open !== undefined && <PersonDialog person={open} changed={again} close={() => go({ id: null })} />}
              </>
            );
          }}
        </Loaded>
      </section>
      <AddPerson done={again} />
    </>
  );
}

const NOBODY: Rights = { role: 'enforcer', authority: 'city_management', company: '' };

function AddPerson({ done }: { done: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { busy, problem, run } = useActing();
  const [name, setName] = useState('');
  const [rights, setRights] = useState<Rights>(NOBODY);
  const [made, setMade] = useState<{ name: string; link: Link } | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => {
      const answer = await post('/api/v1/people', { name: name.trim(), ...sent(rights) }, link);
      setMade({ name: name.trim(), link: answer });
      setName('');
      setRights(NOBODY);
      done();
    });
  };
  return (
    <section className="panel" aria-labelledby="admin-add">
      <h2 id="admin-add">{t('add')}</h2>
      {made !== null && <LinkReady name={made.name} link={made.link} done={() => setMade(null)} />}
      <form className="narrow" onSubmit={submit} noValidate>
        <Field label={t('name')} hint={t('add_name_hint')}>
          {(props) => <input {...props} value={name} maxLength={64} autoComplete="off" onChange={(event) => setName(event.target.value)} data-field="person-name" />}
        </Field>
        <RightsFields rights={rights} change={setRights} />
        {problem !== null && (
          <p className="problem" role="alert">
            {problem[language]}
          </p>
        )}
        <button type="submit" className="primary" disabled={busy || name.trim() === ''} data-act="add-person">
          {t('add_do')}
        </button>
      </form>
    </section>
  );
}

/** What is sent of it: a company for a company's person alone. */
export function sent({ role, authority, company }: Rights): { role: string; authority: string; company: string | null } {
  return { role, authority, company: role === 'carrier' ? company.trim() : null };
}
