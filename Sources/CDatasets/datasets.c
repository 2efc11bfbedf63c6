#include "cdatasets.h"

// iris (Fisher 1936), wine, breast cancer (Wisconsin diagnostic) and digits (optical recognition): UCI Machine Learning
// Repository, CC BY 4.0. diabetes: Efron, Hastie, Johnstone and Tibshirani 2004.
static const unsigned char breast_cancer[] = {
#embed "csv/breast_cancer.csv"
};
static const unsigned char diabetes[] = {
#embed "csv/diabetes.csv"
};
static const unsigned char digits[] = {
#embed "csv/digits.csv"
};
static const unsigned char iris[] = {
#embed "csv/iris.csv"
};
static const unsigned char wine[] = {
#embed "csv/wine.csv"
};

static const pith_dataset all[] = {
    {"breast_cancer", "cells of 569 tumours, benign or malignant", 0, breast_cancer, sizeof breast_cancer},
    {"diabetes", "442 patients and how their disease went on within a year", 1, diabetes, sizeof diabetes},
    {"digits", "1797 handwritten digits of 8 x 8 pixels, 0 to 16", 0, digits, sizeof digits},
    {"iris", "150 flowers of three species", 0, iris, sizeof iris},
    {"wine", "178 wines of three cultivars", 0, wine, sizeof wine},
};

size_t pith_dataset_count(void) { return sizeof all / sizeof *all; }

const pith_dataset *pith_dataset_at(size_t place) { return &all[place]; }
