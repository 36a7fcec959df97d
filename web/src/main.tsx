import { createRoot } from 'react-dom/client';
import { App } from './App';
import './styles/base.css';
import './styles/panels.css';
import './styles/parts.css';
import './styles/map.css';
import './styles/layout.css';

const page = document.getElementById('page');
if (page === null) throw new Error('index.html has no #page');
createRoot(page).render(<App />);
