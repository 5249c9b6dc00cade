package blob_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob/s3blob"
)

// openSink is an S3 bucket that discards what it receives, so that all memory used is that of the
// upload.
func openSink(t *testing.T) *target {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		q := r.URL.Query()
		switch {
		case r.Method == "POST" && q.Has("uploads"):
			fmt.Fprint(w, `<InitiateMultipartUploadResult><Bucket>files</Bucket><Key>k</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == "PUT":
			w.Header().Set("ETag", `"00000000000000000000000000000000"`)
		case r.Method == "POST":
			fmt.Fprint(w, `<CompleteMultipartUploadResult><Bucket>files</Bucket><Key>k</Key><ETag>"0"</ETag></CompleteMultipartUploadResult>`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
		Credentials:                credentials.NewStaticCredentialsProvider("key", "secret", ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	})
	bucket, err := s3blob.OpenBucket(t.Context(), client, "files", &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		t.Fatal(err)
	}
	return &target{Bucket: bucket, s3: client}
}
