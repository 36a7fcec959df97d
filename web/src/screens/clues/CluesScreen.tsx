import { CluePanel } from '../../clues/CluePanel';
import { useOfficer } from '../../shell/officer';

export default function CluesScreen() {
  return <CluePanel officer={useOfficer()} />;
}
