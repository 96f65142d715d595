"""What every package uses: errors, directories, packaged content, settings, processes."""
