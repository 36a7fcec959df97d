import { MapPanel } from '../../map/MapPanel';

export default function MapScreen() {
  return <MapPanel />;
}
