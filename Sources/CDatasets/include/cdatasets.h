/// The built-in data sets as CSV, embedded in the binary so that they are there in any folder.
#ifndef CDATASETS_H
#define CDATASETS_H

#include <stddef.h>

typedef struct pith_dataset {
  const char *name;
  /// One line for lists.
  const char *title;
  /// 1 where the last column is a number to predict, 0 where it is a class.
  int is_regression;
  const unsigned char *bytes;
  size_t count;
} pith_dataset;

/// How many data sets there are.
size_t pith_dataset_count(void);
/// The data set at a place below the count; they are sorted by name.
const pith_dataset *pith_dataset_at(size_t place);

#endif
