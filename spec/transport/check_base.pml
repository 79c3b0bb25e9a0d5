#include "transport.pml"
#include "properties.pml"
