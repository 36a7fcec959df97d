import { CarrierPanel } from '../../carriers/CarrierPanel';

export default function CarriersScreen() {
  return <CarrierPanel />;
}
