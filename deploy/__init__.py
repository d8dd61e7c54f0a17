"""What turns the sources into a running installation: images, their services and their releases."""
