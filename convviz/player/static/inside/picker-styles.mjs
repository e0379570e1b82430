// The sheet of the picker.

import { loadSheet } from "../styles.mjs";

await loadSheet("inside/picker.css");
