"""Images: from a file that staff put beside their posts to the very bytes that go out."""
