// The sheet of the lab's components.

import { loadSheet } from "../styles.mjs";

await loadSheet("lab/page.css");
