package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const defaultCriSocket = "unix:///run/containerd/containerd.sock"

var errCrictlUsage = errors.New("usage: crictl inspecti IMAGE | images | pods | ps")

// runCrictl stands in for the few crictl calls that kind makes (inspecti) and that help a person to look
// around (images, pods, ps). The real crictl cannot be had as a package of this module's versions.
func runCrictl(args []string) int {
	if err := crictl(args); err != nil {
		fmt.Fprintln(os.Stderr, "crictl:", err)
		return 1
	}
	return 0
}

func crictl(args []string) error {
	socket := os.Getenv("CONTAINER_RUNTIME_ENDPOINT")
	if socket == "" {
		socket = defaultCriSocket
	}
	connection, err := grpc.NewClient(socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	images, runtime := cri.NewImageServiceClient(connection), cri.NewRuntimeServiceClient(connection)

	switch {
	case len(args) == 2 && args[0] == "inspecti":
		return inspectImage(ctx, images, args[1])
	case len(args) == 1 && args[0] == "images":
		list, err := images.ListImages(ctx, &cri.ListImagesRequest{})
		if err != nil {
			return err
		}
		for _, image := range list.Images {
			fmt.Println(image.Id, image.Size, image.RepoTags)
		}
	case len(args) == 1 && args[0] == "pods":
		list, err := runtime.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
		if err != nil {
			return err
		}
		for _, pod := range list.Items {
			fmt.Println(pod.Id, pod.State, pod.Metadata.Namespace+"/"+pod.Metadata.Name)
		}
	case len(args) == 1 && args[0] == "ps":
		list, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{})
		if err != nil {
			return err
		}
		for _, container := range list.Containers {
			name := container.Labels["io.kubernetes.pod.name"] + "/" + container.Metadata.Name
			fmt.Println(container.Id, container.State, container.Metadata.Attempt, name)
		}
	default:
		return errCrictlUsage
	}
	return nil
}

func inspectImage(ctx context.Context, images cri.ImageServiceClient, name string) error {
	found, err := images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}})
	if err != nil {
		return err
	}
	if found.Image == nil {
		return fmt.Errorf("no such image %q present", name)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"status": map[string]any{
		"id": found.Image.Id, "repoTags": found.Image.RepoTags,
		"repoDigests": found.Image.RepoDigests, "size": found.Image.Size,
	}})
}
