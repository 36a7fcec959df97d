/** Cases: what is filed, where each stands and until when; one case with all that can be done to it; entry and import. */
import { useOfficer } from '../../shell/officer';
import { usePlace } from '../../shell/address';
import { CaseDetail } from './CaseDetail';
import { CaseEntry } from './CaseEntry';
import { CaseImport } from './CaseImport';
import { CaseListView } from './CaseListView';

export default function CasesScreen() {
  const { id } = usePlace();
  const { role } = useOfficer();
  const decides = role === 'enforcer' || role === 'police';
  return (
    <div className="office">
      {id === null ? <CaseListView mayEnter={decides} /> : id === 'new' && decides ? <CaseEntry /> : id === 'import' && decides ? <CaseImport /> : <CaseDetail key={id} number={id} />}
    </div>
  );
}
