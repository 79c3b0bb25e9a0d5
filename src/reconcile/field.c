/* SPDX-License-Identifier: Apache-2.0 */
/* Inverses modulo 2^61 - 1, one and many. */
#include "field.h"

/* a^(p-2) with p-2 = 2^61 - 3: sixty squarings, a product at every bit but the second. */
uint64_t jk_field_invert(uint64_t a)
{
    uint64_t result = a;
    for (int bit = 59; bit >= 0; bit--) {
        result = jk_field_mul(result, result);
        if (bit != 1) {
            result = jk_field_mul(result, a);
        }
    }
    return result;
}

/* The product of all is inverted; going back, each factor is divided out of it. */
void jk_field_invert_all(uint64_t *values, uint64_t *room, size_t count)
{
    uint64_t product = 1;
    for (size_t i = 0; i < count; i++) {
        room[i] = product;
        product = jk_field_mul(product, values[i]);
    }
    uint64_t inverse = jk_field_invert(product);
    for (size_t i = count; i-- > 0;) {
        uint64_t value = values[i];
        values[i] = jk_field_mul(inverse, room[i]);
        inverse = jk_field_mul(inverse, value);
    }
}
