package exchange

import (
	"acopio/shared/record"
	"acopio/shared/schema"
)

// fieldValue is one value of a record; values is a record's few, in no order.
type fieldValue struct {
	field uint16
	value schema.Value
}

type values []fieldValue

func (v values) get(field uint16) schema.Value {
	for i := range v {
		if v[i].field == field {
			return v[i].value
		}
	}
	return nil
}

func (v *values) set(field uint16, value schema.Value) {
	for i := range *v {
		if (*v)[i].field == field {
			(*v)[i].value = value
			return
		}
	}
	*v = append(*v, fieldValue{field, value})
}

// named are the values by field name.
func (v values) named(c *schema.Collection) map[string]any {
	out := make(map[string]any, len(v)+1)
	for _, x := range v {
		if f, ok := c.FieldByNumber(x.field); ok && x.value != nil {
			out[f.Name] = x.value
		}
	}
	return out
}

// pick takes the given fields of a record.
func pick(r *record.Record, fields []uint16) values {
	out := make(values, 0, len(fields))
	for _, n := range fields {
		if v := r.Fields[n]; v != nil {
			out = append(out, fieldValue{n, v})
		}
	}
	return out
}
