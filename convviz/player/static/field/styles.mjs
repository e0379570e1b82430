// The sheet of the receptive field's components.

import { loadSheet } from "../styles.mjs";

await loadSheet("field/page.css");
