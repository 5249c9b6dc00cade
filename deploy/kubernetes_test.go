package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"sigs.k8s.io/yaml"
)

// The parts of the manifests that the test compares with each other.
type (
	deployment struct {
		Spec struct {
			Selector struct{ MatchLabels map[string]string }
			Template struct {
				Metadata struct{ Labels map[string]string }
				Spec     struct {
					TerminationGracePeriodSeconds int
					SecurityContext               struct{ RunAsNonRoot bool }
					Containers                    []container
				}
			}
		}
	}
	container struct {
		Args []string
		Env  []struct {
			Name, Value string
			ValueFrom   any
		}
		Ports                                       []struct{ Name string }
		StartupProbe, LivenessProbe, ReadinessProbe probe
		Lifecycle                                   struct {
			PreStop struct{ Sleep struct{ Seconds int } }
		}
		SecurityContext struct {
			AllowPrivilegeEscalation *bool
			ReadOnlyRootFilesystem   bool
			Capabilities             struct{ Drop []string }
		}
	}
	probe   struct{ HTTPGet struct{ Path, Port string } }
	service struct {
		Spec struct {
			Selector map[string]string
			Ports    []struct{ TargetPort string }
		}
	}
	budget struct {
		Spec struct {
			Selector struct{ MatchLabels map[string]string }
		}
	}
)

// manifests reads the file and checks it by the schemas of testdata/kubernetes.json,
// which are those of the types of k8s.io/api v0.37.2: a key that does not exist is
// an error.
func manifests(t *testing.T) (d deployment, s service, b budget) {
	t.Helper()
	var schemas map[string]*jsonschema.Schema
	text, err := os.ReadFile("testdata/kubernetes.json")
	if err == nil {
		err = json.Unmarshal(text, &schemas)
	}
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	into := map[string]any{"apps/v1 Deployment": &d, "v1 Service": &s, "policy/v1 PodDisruptionBudget": &b}
	for _, text := range bytes.Split(all, []byte("\n---\n")) {
		var values map[string]any
		if err := yaml.UnmarshalStrict(text, &values); err != nil { // a key twice
			t.Fatal(err)
		}
		kind := values["apiVersion"].(string) + " " + values["kind"].(string)
		schema, err := schemas[kind].Resolve(nil)
		if err != nil {
			t.Fatal(kind, err)
		}
		if err := schema.Validate(values); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := yaml.Unmarshal(text, into[kind]); err != nil {
			t.Fatal(kind, err)
		}
		delete(into, kind)
	}
	if len(into) > 0 {
		t.Fatalf("missing: %v", into)
	}
	return d, s, b
}

func TestKubernetes(t *testing.T) {
	d, s, b := manifests(t)
	pod := d.Spec.Template
	for name, selector := range map[string]map[string]string{
		"deployment": d.Spec.Selector.MatchLabels, "service": s.Spec.Selector, "budget": b.Spec.Selector.MatchLabels,
	} {
		for k, v := range selector {
			if pod.Metadata.Labels[k] != v {
				t.Errorf("the %s does not select the pods: %v, %v", name, selector, pod.Metadata.Labels)
			}
		}
	}
	c := pod.Spec.Containers[0]
	environ, values := []string{"SIDEKICK_FINGERPRINT_KEYS=0123456789abcdef0123456789abcdef"}, map[string]string{}
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			environ, values[e.Name] = append(environ, e.Name+"="+e.Value), e.Value
		}
	}
	accepts(t, environ, c.Args[1:])

	// The whole stop has to be over before the pod is killed.
	timeout, err := time.ParseDuration(values["SIDEKICK_SERVER_SHUTDOWN_TIMEOUT"])
	if err != nil {
		t.Fatal(err)
	}
	stop := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second + timeout
	if grace := time.Duration(pod.Spec.TerminationGracePeriodSeconds) * time.Second; grace <= stop {
		t.Errorf("the stop may take %v, and the pod is killed after %v", stop, grace)
	}
	for name, probe := range map[string]probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
		want := values["SIDEKICK_SERVER_LIVENESS_PATH"]
		if name == "readiness" {
			want = values["SIDEKICK_SERVER_READINESS_PATH"]
		}
		if probe.HTTPGet.Path != want || want == "" || probe.HTTPGet.Port != c.Ports[0].Name {
			t.Errorf("%s: got %v, want %s", name, probe.HTTPGet, want)
		}
	}
	if s.Spec.Ports[0].TargetPort != c.Ports[0].Name {
		t.Errorf("the service leads to %v", s.Spec.Ports[0].TargetPort)
	}
	if c := c.SecurityContext; !c.ReadOnlyRootFilesystem || c.AllowPrivilegeEscalation == nil || *c.AllowPrivilegeEscalation || c.Capabilities.Drop[0] != "ALL" || !pod.Spec.SecurityContext.RunAsNonRoot {
		t.Errorf("got %v", c)
	}
}
