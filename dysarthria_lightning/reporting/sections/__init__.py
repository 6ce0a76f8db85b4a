"""Parts of the page beyond the paper. One file each."""
