#include "movein.pml"
