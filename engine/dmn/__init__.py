"""DMN files: the XML of DMN 1.2 to 1.5 in and out, as Definitions. Text in, values and diagnostics out; opens nothing."""
