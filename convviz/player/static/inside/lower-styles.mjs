// The sheet of the lower half of the stage of a trained network.

import { loadSheet } from "../styles.mjs";

await loadSheet("inside/lower.css");
