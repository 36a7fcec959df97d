/** Names of companies by their codes, for officers: fetched once while the page is open. */
import { useEffect, useState } from 'react';
import { get } from '../api/client';
import { type Carrier, carrierList } from '../api/types';
import { useOfficer } from '../shell/officer';

let known: Promise<Carrier[]> | null = null;

/** Every company; `null` while it is not known, and for a company's person, who sees the own one alone. */
export function useCompanies(): readonly Carrier[] | null {
  const { role } = useOfficer();
  const [companies, setCompanies] = useState<readonly Carrier[] | null>(null);
  useEffect(() => {
    if (role === 'carrier') return;
    let there = true;
    known ??= get('/api/v1/carriers', carrierList).then((answer) => answer.carriers);
    known.then(
      (list) => there && setCompanies(list),
      () => {
        // Codes are shown instead of names; the next screen tries again.
        known = null;
      },
    );
    return () => {
      there = false;
    };
  }, [role]);
  return companies;
}

/** A company's name, or its code while the name is not known. */
export function companyName(companies: readonly Carrier[] | null, uscc: string | null): string {
  if (uscc === null) return '—';
  return companies?.find((company) => company.uscc === uscc)?.name ?? uscc;
}
