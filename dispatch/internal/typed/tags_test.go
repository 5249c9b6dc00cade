package typed_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// TestMisspeltTagsAreRefused checks tags that would have no effect, on inputs and on results.
func TestMisspeltTagsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tag    reflect.StructTag
		input  string // the error, or ""
		result string
	}{
		{`json:"s" requird:"true"`, "tag requird: did you mean required?", ""},
		{`minimun:"1"`, "tag minimun: did you mean minimum?", ""},
		{`json:"s" defualt:"1"`, "tag defualt: did you mean default?", ""},
		{`json:"s" default:"1" minLenght:"1"`, "tag minLenght: did you mean minLength?", ""},
		{`josn:"s"`, "tag josn: did you mean json?", "tag josn: did you mean json?"},
		{`JSON:"s"`, "tag JSON: did you mean json?", "tag JSON: did you mean json?"},
		{`jsn:"s" validate:"required"`, "tag jsn: did you mean json?", "tag jsn: did you mean json?"},
		{`json:"s" discription:"x"`, "tag discription: did you mean description?", "tag discription: did you mean description?"},
		{`json:"s" depricated:"true"`, "tag depricated: did you mean deprecated?", "tag depricated: did you mean deprecated?"},
		{`json:"s",required:"true"`, "tag ,required: did you mean required?", ""},
		{`json:"s" required: "true"`, `the tag cannot be read from "required: \"true\"" on: want pairs such as required:"true"`, ""},
		{`json: "s"`, `the tag cannot be read from "json: \"s\"" on`, `the tag cannot be read from "json: \"s\"" on`},
		{`json:"s" required=true`, `the tag cannot be read from "required=true" on`, ""},
		{`json:"s" required:true default:"1"`, `the tag cannot be read from "required:true default:\"1\"" on`, ""},
		{`json:"s" enum:"1,2`, `the tag cannot be read from "enum:\"1,2" on`, `the tag cannot be read from "enum:\"1,2" on`},

		{`bson:"s"`, "", ""},
		{`json:"s" bson:"s" yson:"s" enums:"1,2" examples:"[1]" defaults:"1"`, "", ""},
		{`json:"s" db:"s" gorm:"primaryKey;default:1" yaml:"s,omitempty" xml:"s" toml:"s" form:"s" query:"s" uri:"s" header:"s" path:"s" binding:"required,min=1" validate:"required,minLength=1" mapstructure:"s" env:"S" envDefault:"1" schema:"s" msgpack:"s" protobuf:"varint,1,opt,name=s" cbor:"s" csv:"s" hcl:"s" ini:"s" koanf:"s" bun:"s" pg:"s" dynamodbav:"s" firestore:"s" doc:"x" title:"x" optional:"true" min:"1" max:"2" len:"3" regexp:"x" faker:"word" swaggertype:"integer" jsonschema:"required" jsonapi:"attr,s" avro:"s" parquet:"s" sql:"s" xorm:"s" redis:"s" hidden:"true" nullable:"true" readOnly:"true" timeFormat:"x" sensitive:"true" secret:"true"`, "", ""},
		{`json:"s" jsonb:"x" requird`, "", ""},
		{`json:"s" // a comment`, "", ""},
		{``, "", ""},
	} {
		fields := reflect.StructOf([]reflect.StructField{{Name: "S", Type: reflect.TypeFor[int](), Tag: tt.tag}})
		_, input := typed.Of(fields)
		_, result := typed.ResultSchema(fields)
		for of, got := range map[string]struct {
			err  error
			want string
		}{"input": {input, tt.input}, "result": {result, tt.result}} {
			if (got.err == nil) != (got.want == "") || got.err != nil && !strings.Contains(got.err.Error(), "field S: "+got.want) {
				t.Errorf("%s %s: got  %v\nwant %s", of, tt.tag, got.err, got.want)
			}
		}
	}
}
