/*
 * What the processor calls itself, as Windows tells it: PROCESSOR_IDENTIFIER, the registry, system
 * information.
 */
#ifndef LOADER_EX_PROCESSOR_H
#define LOADER_EX_PROCESSOR_H

struct ex_processor {
    char vendor[13]; /* GenuineIntel */
    unsigned family, model, stepping;
};

void ex_processor(struct ex_processor *ret_processor);
/* "Intel64 Family 6 Model 85 Stepping 7": without the vendor; room for 80 characters. */
void ex_processor_identifier(const struct ex_processor *processor, char *ret_text);
/* Its name, room for 49 characters; empty if it has none. */
void ex_processor_name(char *ret_name);

#endif
